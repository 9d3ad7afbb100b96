namespace Anchorage.Packaging;

/// <summary>A field that breaks the core metadata specification.</summary>
/// <param name="Field">The field's name as the specification spells it, or as written where it is not in the specification.</param>
/// <param name="Message">One printable sentence for the person who built the file.</param>
/// <param name="IsTolerable">
/// True where the meaning is clear all the same: a field that is younger than the Metadata-Version (setuptools wrote
/// License-File into 2.1 for years), or one that the specification does not know. A registry may let these pass.
/// </param>
public sealed record MetadataFault(string Field, string Message, bool IsTolerable);
