namespace Anchorage.Packaging;

/// <summary>What a document's author got wrong, as one sentence. The reader that throws it is the one that catches it.</summary>
internal sealed class DocumentFault(string message) : Exception(message);
