using System.Text;

namespace Anchorage.Packaging.Fuzz;

/// <summary>A reader of foreign bytes with what it promises: <see cref="Read"/> throws where a promise is broken.</summary>
/// <param name="Name">The name on the command line and of the corpus folder.</param>
/// <param name="Read">Reads the content and checks what came out.</param>
/// <param name="FixedBytes">Memory that one input may cost whatever its length, the checks included.</param>
/// <param name="BytesPerByte">Memory that each byte of an input may cost.</param>
/// <param name="WordText">Words of the format, separated by blanks, for mutations.</param>
internal sealed record FuzzTarget(string Name, Action<byte[]> Read, long FixedBytes, int BytesPerByte, string WordText)
{
    public IReadOnlyList<byte[]> Words { get; } = [.. WordText.Split(' ').Select(Encoding.UTF8.GetBytes)];

    public long MaxAllocatedBytes(int length) => FixedBytes + ((long)BytesPerByte * length);

    /// <summary>Every reader of the library.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("version", TextTargets.ReadVersion, 1 << 20, 2000, "1 0 . ! + - _ v a b rc alpha post dev 99999999999999999999 .dev0 .post1 +local"),
        new("specifiers", TextTargets.ReadSpecifiers, 1 << 20, 2000, "~= == != <= >= < > === , .* 1.0 2 rc1 .dev0 .post1 +local 1!"),
        new("requirement", TextTargets.ReadRequirement, 1 << 20, 2000, "name [ ] , ; @ ( ) == >= ~= === 1.0 .* extra python_version sys_platform and or in not ' \" https://x/ \t"),
        new("marker", TextTargets.ReadMarker, 1 << 20, 2000, "( ) ' \" == != <= >= < > ~= === in not and or python_version python_full_version os.name extra dependency_groups 3.9 , linux"),
        new("license", TextTargets.ReadLicense, 1 << 20, 2000, "( ) AND OR WITH and or with + MIT GPL-2.0-only Apache-2.0 LicenseRef- Classpath-exception-2.0 0BSD"),
        new("record", TextTargets.ReadRecord, 1 << 20, 400, ", \" \"\" \n \r\n sha256= sha512= md5= = a.py 0 99999999999999999999"),
        new("filename", TextTargets.ReadFilename, 1 << 20, 2000, "- -- .whl .tar.gz .zip py3 none any cp313 1.0 _ . + ! manylinux_2_17_x86_64"),
        new("metadata", TextTargets.ReadMetadata, 1 << 20, 400, "Metadata-Version: Name: Version: Description: Keywords: Project-URL: Requires-Python: Requires-Dist: License-File: Dynamic: Provides-Extra: Description-Content-Type: Import-Name: UNKNOWN , ; : \n \n\n \r\n \n\t From"),
        new("negotiation", TextTargets.ReadNegotiation, 1 << 16, 400, "text/html application/vnd.pypi.simple.v1+json application/vnd.pypi.simple.latest+html application/* */* ;q=0.5 ; , \" \\ q= \n 1.000"),
        new("json-project", PageTargets.ReadJsonProject, 4 << 20, 6000, "{ } [ ] : , \" \\u0000 \\ud800 null true 1e999 \"meta\":{\"api-version\":\"1.1\"} \"files\":[ \"filename\": \"url\": \"hashes\":{ \"sha256\": \"yanked\": \"size\": \"requires-python\": \"versions\":[ \"core-metadata\": \"upload-time\": \"provenance\": \"project-status\":{\"status\": \"_last-serial\": \"name\":\"sample\" \"x\":"),
        new("json-list", PageTargets.ReadJsonList, 4 << 20, 6000, "{ } [ ] : , \" \\u0000 null 1e999 \"meta\":{\"api-version\":\"1.0\"} \"projects\":[ \"name\": \"_last-serial\": \"x\":"),
        new("html-project", PageTargets.ReadHtmlProject, 4 << 20, 8000, "<a <a\nhref=\" </a> < > \" ' # #sha256= & &amp; &#0; &#x110000; <!-- --> <!--SERIAL <script> </script> <title> <base\nhref=\" <meta <html> </html> <body> </body> data-yanked=\" data-requires-python=\" data-core-metadata=\" .whl .tar.gz javascript: file: // ../ %2f %00"),
        new("html-list", PageTargets.ReadHtmlList, 4 << 20, 8000, "<a <a\nhref=\" </a> < > \" ' / & &amp; <!-- --> <!--SERIAL <script> <title>Simple\nindex</title> <html> </html> <body> </body> ..&gt;"),
        new("wheel", ArchiveTargets.ReadWheel, 8 << 20, 4000, "PK\u0001\u0002 PK\u0003\u0004 PK\u0005\u0006 PK\u0006\u0006 PK\u0006\u0007 PK\u0007\u0008 ../ / \\ sample-1.0.dist-info/ METADATA RECORD WHEEL entry_points.txt \n , : sha256="),
        new("tar", ArchiveTargets.ReadTar, 8 << 20, 4000, "ustar path= linkpath= size= \0 / ../ sample-1.0/ PKG-INFO 0000644 7777777 GNU.sparse. \n"),
        new("sdist", ArchiveTargets.ReadSdist, 8 << 20, 4000, "\u001f PK \0"),
        new("zip-sdist", ArchiveTargets.ReadZipSdist, 8 << 20, 4000, "PK\u0001\u0002 PK\u0003\u0004 PK\u0005\u0006 ../ / sample-1.0/ PKG-INFO"),
        new("lock-file", DocumentTargets.ReadLockFile, 4 << 20, 6000, "[ ] [[ ]] { } = , . # \n ' \" ''' \\ \\u0041 1 0x 1979-05-27T07:32:00Z true lock-version created-by packages name version marker wheels sdist archive vcs directory hashes sha256 url path size upload-time [[packages]] [packages.sdist]"),
        new("groups", DocumentTargets.ReadDependencyGroups, 32 << 20, 6000, "[dependency-groups] = [ ] { } include-group , ' \" \n a A-b a_b >=1 ; [[ ]] ."),
        new("requirements", DocumentTargets.ReadRequirementsFile, 8 << 20, 40000, "\n \\\n # -r -c -e --hash= sha256: --index-url --extra-index-url --no-index --trusted-host ${A} ' \" \\ git+https:// #egg= ; [ ] @ ./ 0 1 9 coding: \u00ff"),
        new("entry-points", DocumentTargets.ReadEntryPoints, 1 << 20, 2000, "[ ] [console_scripts] [gui_scripts] = : . # ; ../ \n \r \u2028 \n\t name module:attr a.b"),
        new("direct-url", DocumentTargets.ReadDirectUrl, 1 << 20, 4000, "{ } : , \" url vcs_info archive_info dir_info hashes hash sha256= editable subdirectory file:/// https:// user:pass@ ${A}:${B}@ \\ud800 null true"),
        new("attestation", DocumentTargets.ReadAttestation, 4 << 20, 6000, "{ } [ ] : , \" version 1 verification_material certificate transparency_entries envelope statement signature attestation_bundles publisher kind attestations = == null"),
        new("tags", DocumentTargets.ReadTags, 4 << 20, 20000, "- . _ py3 cp313 none abi3 any win32 manylinux_2_17_x86_64 macosx_11_0_ ios_ android_ musllinux_ :: Private Topic"),
        new("range", DocumentTargets.ReadRange, 4 << 20, 20000, "~= == != <= >= < > === , .* 1.0 2 rc1 .dev0 .post1 +local 1! \n"),
    ];

    public override string ToString() => Name;
}

/// <summary>A promise that a reader broke.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message)
{
    public static void Unless(bool holds, string promise)
    {
        if (!holds)
            throw new BrokenPromiseException(promise);
    }
}
