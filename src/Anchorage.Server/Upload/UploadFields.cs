using System.Security.Cryptography;
using System.Text;
using Anchorage.Packaging;
using Anchorage.Server.Index;

namespace Anchorage.Server.Upload;

/// <summary>The fields of an upload that mean something to the registry, checked against each other and the file.</summary>
internal sealed record UploadFields(DistributionFilename Filename, string Kind, string PythonVersion, ProjectName Name, PackageVersion Version, string? RequiresPython)
{
    /// <exception cref="UploadRefusedException">A field is missing, wrong or contradicts another.</exception>
    public static UploadFields Check(UploadForm form, ServerOptions options)
    {
        if (form.Find(":action") is var action && action != "file_upload")
        {
            throw Refused(action is "submit" or "submit_pkg_info" or "doc_upload"
                ? $"':action' is '{action}', which indexes no longer take. Upload the file itself: its metadata is read from it."
                : "':action' must be 'file_upload'.");
        }
        if (form.Find("protocol_version") is { } protocol && protocol != "1")
            throw Refused($"'protocol_version' is '{protocol}'; only 1 is known.");
        if (form.Content is null)
            throw Refused("Upload payload does not have a file: the field 'content' is missing.");
        if (!ProjectName.TryParse(form.Find("name"), out var name))
            throw Refused($"'{form.Find("name")}' is an invalid value for Name. Use letters, digits, '-', '_' and '.', with a letter or digit at both ends.");
        if (!PackageVersion.TryParse(form.Find("version"), out var version))
            throw Refused($"'{form.Find("version")}' is an invalid value for Version. See PEP 440.");
        if (form.Find("metadata_version") is null)
            throw Refused("The field 'metadata_version' is missing.");

        var filename = CheckFilename(form, name, version, options);
        var kind = filename is WheelFilename ? FileKinds.Wheel : FileKinds.Sdist;
        if (form.Find("filetype") is var filetype && filetype != kind)
            throw Refused($"'filetype' is '{filetype}', but {filename.Text} is a {kind}.");
        var python = form.Find("pyversion") ?? "";
        if (kind == FileKinds.Sdist && python is not ("source" or ""))
            throw Refused("'pyversion' must be 'source' for an sdist.");
        CheckDigests(form);
        return new UploadFields(filename, kind, kind == FileKinds.Sdist ? "source" : python, name, version, form.Find("requires_python"));
    }

    /// <summary>What the archive says of itself must be what the form says: installers believe the archive.</summary>
    /// <exception cref="UploadRefusedException">They differ.</exception>
    public void Compare(CoreMetadata metadata)
    {
        if (metadata.Name != Name)
            throw Refused($"The form says the project is '{Name}', the metadata in the file says '{metadata.Name}'.");
        if (metadata.Version != Version)
            throw Refused($"The form says the version is '{Version}', the metadata in the file says '{metadata.Version}'.");
        if (RequiresPython is not null && metadata.RequiresPython is { } inside && !Same(inside, RequiresPython))
            throw Refused($"The form says Requires-Python '{RequiresPython}', the metadata in the file says '{inside}'.");
        if (metadata.RequiresPython is { } specifiers && !VersionSpecifiers.TryParse(specifiers, out _))
            throw Refused($"'{specifiers}' is an invalid value for Requires-Python. See PEP 440.");

        // Tools sort the clauses and space them as they like.
        static bool Same(string left, string right) => Clauses(left).SetEquals(Clauses(right));
        static HashSet<string> Clauses(string text) =>
            [.. text.Replace(" ", "", StringComparison.Ordinal).Split(',', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static DistributionFilename CheckFilename(UploadForm form, ProjectName name, PackageVersion version, ServerOptions options)
    {
        if (!DistributionFilename.TryParse(form.Filename, out var filename, out var problem))
            throw Refused("The file name cannot be used: " + problem);
        if (filename.Project != name)
            throw Refused($"The file name '{filename.Text}' is of the project '{filename.Project}', the form says '{name}'.");
        if (filename.Version != version)
            throw Refused($"The file name '{filename.Text}' is of version '{filename.Version}', the form says '{version}'.");
        if (!filename.IsCanonical && !options.AcceptOldFilenames)
        {
            throw Refused(
                $"The file name '{filename.Text}' is spelt as old tools did; it should be '{filename.CanonicalText}' (PEP 427, PEP 625). "
                + "Build with a current build tool, or set Upload:AcceptOldFilenames on the registry.");
        }
        return filename;
    }

    private static void CheckDigests(UploadForm form)
    {
        var actual = form.Digests!;
        var given = 0;
        given += Check("sha256_digest", actual.Sha256.ToString());
        given += Check("blake2_256_digest", actual.Blake2b256);
        given += Check("md5_digest", actual.Md5);
        if (given == 0)
            throw Refused("The form has no digest. Send sha256_digest, blake2_256_digest or md5_digest, so that damage on the way is seen.");

        int Check(string field, string computed)
        {
            if (form.Find(field) is not { } value)
                return 0;
            if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(value.ToLowerInvariant()), Encoding.UTF8.GetBytes(computed)))
                throw Refused($"The digest supplied does not match a digest calculated from the uploaded file ({field} is {Shorten(value)}, the file's is {computed}).");
            return 1;
        }

        static string Shorten(string text) => text.Length > 64 ? text[..64] + "..." : text;
    }

    private static UploadRefusedException Refused(string detail) => new(Problems.UploadInvalid(detail));
}
