namespace Anchorage.Packaging;

/// <summary>
/// The classifiers of the public index (pypa/trove-classifiers, 887 of them, 2026-08; a list of names). Each line that ends
/// in a colon is a parent; what follows are its children, with bars between them. To update, replace the two texts.
/// </summary>
internal static class ClassifierList
{
    /// <summary>Every classifier in use, in ordinal order within its parent.</summary>
    public static IEnumerable<string> ReadAll()
    {
        var parent = "";
        foreach (var line in All.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.EndsWith(':'))
            {
                parent = line[..^1];
                continue;
            }
            foreach (var child in line.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                yield return $"{parent} :: {child}";
        }
    }

    /// <summary>Those that were taken out of use, with what stands in for them.</summary>
    public static IEnumerable<KeyValuePair<string, string[]>> ReadDeprecated()
    {
        foreach (var line in Deprecated.Split('\n', StringSplitOptions.TrimEntries))
        {
            var parts = line.Split(" => ");
            yield return new(parts[0], parts[1..]);
        }
    }

    private const string Deprecated = """
        Framework :: Django CMS :: 4.2 => Framework :: Django CMS :: 5.0
        License :: OSI Approved :: Intel Open Source License
        License :: OSI Approved :: Jabber Open Source License
        License :: OSI Approved :: MITRE Collaborative Virtual Workspace License (CVW)
        License :: OSI Approved :: Sun Industry Standards Source License (SISSL)
        License :: OSI Approved :: X.Net License
        Natural Language :: Ukranian => Natural Language :: Ukrainian
        Topic :: Communications :: Chat :: AOL Instant Messenger
        """;

    private const string All = """
        Development Status:
            1 - Planning | 2 - Pre-Alpha | 3 - Alpha | 4 - Beta | 5 - Production/Stable | 6 - Mature | 7 - Inactive
        Environment:
            Console | Cygwin (MS Windows) | GPU | Handhelds/PDA's | MacOS X | No Input/Output (Daemon) | OpenStack |
            Other Environment | Plugins | Web Environment | WebAssembly | Win32 (MS Windows) | X11 Applications
        Environment :: Console:
            Curses | Framebuffer | Newt | svgalib
        Environment :: GPU:
            NVIDIA CUDA
        Environment :: GPU :: NVIDIA CUDA:
            1.0 | 1.1 | 10.0 | 10.1 | 10.2 | 11 | 11.0 | 11.1 | 11.2 | 11.3 | 11.4 | 11.5 | 11.6 | 11.7 | 11.8 | 12 | 13 |
            2.0 | 2.1 | 2.2 | 2.3 | 3.0 | 3.1 | 3.2 | 4.0 | 4.1 | 4.2 | 5.0 | 5.5 | 6.0 | 6.5 | 7.0 | 7.5 | 8.0 | 9.0 |
            9.1 | 9.2
        Environment :: GPU :: NVIDIA CUDA :: 12:
            12.0 | 12.1 | 12.2 | 12.3 | 12.4 | 12.5 | 12.6
        Environment :: MacOS X:
            Aqua | Carbon | Cocoa
        Environment :: Web Environment:
            Buffet | Mozilla | ToscaWidgets
        Environment :: WebAssembly:
            Emscripten | WASI
        Environment :: X11 Applications:
            GTK | Gnome | KDE | Qt
        Framework:
            AWS CDK | AiiDA | Ansible | AnyIO | Apache Airflow | AsyncIO | BEAT | BFG | Bob | Bottle | Buildout |
            CastleCMS | Celery | Chandler | CherryPy | CubicWeb | Dash | Datasette | Django | Django CMS | FastAPI |
            Flake8 | Flask | Hatch | Hypothesis | IDLE | IPython | InvenTree | Jupyter | Kedro | Lektor | Masonite |
            Matplotlib | MkDocs | Nengo | Odoo | OpenTelemetry | Opps | Paste | Pelican | Plone | PySimpleGUI | Pycsou |
            Pydantic | Pylons | Pyodide | Pyramid | Pytest | Review Board | Robot Framework | Scrapy | Setuptools Plugin |
            Sphinx | Trac | Trio | Tryton | TurboGears | Twisted | Wagtail | ZODB | Zope | Zope2 | Zope3 | aiohttp |
            cocotb | napari | tox
        Framework :: AWS CDK:
            1 | 2
        Framework :: Apache Airflow:
            Provider
        Framework :: Buildout:
            Extension | Recipe
        Framework :: CastleCMS:
            Theme
        Framework :: Django:
            1 | 1.10 | 1.11 | 1.4 | 1.5 | 1.6 | 1.7 | 1.8 | 1.9 | 2 | 2.0 | 2.1 | 2.2 | 3 | 3.0 | 3.1 | 3.2 | 4 | 4.0 |
            4.1 | 4.2 | 5 | 5.0 | 5.1 | 5.2 | 6 | 6.0
        Framework :: Django CMS:
            3.10 | 3.11 | 3.4 | 3.5 | 3.6 | 3.7 | 3.8 | 3.9 | 4.0 | 4.1 | 5.0 | 5.1
        Framework :: Jupyter:
            JupyterLab
        Framework :: Jupyter :: JupyterLab:
            1 | 2 | 3 | 4 | Extensions
        Framework :: Jupyter :: JupyterLab :: Extensions:
            Mime Renderers | Prebuilt | Themes
        Framework :: Odoo:
            10.0 | 11.0 | 12.0 | 13.0 | 14.0 | 15.0 | 16.0 | 17.0 | 18.0 | 19.0 | 8.0 | 9.0
        Framework :: OpenTelemetry:
            Distros | Exporters | Instrumentations
        Framework :: Pelican:
            Plugins | Themes
        Framework :: Plone:
            3.2 | 3.3 | 4.0 | 4.1 | 4.2 | 4.3 | 5.0 | 5.1 | 5.2 | 5.3 | 6.0 | 6.1 | 6.2 | Addon | Core | Distribution |
            Theme
        Framework :: PySimpleGUI:
            4 | 5
        Framework :: Pydantic:
            1 | 2
        Framework :: Robot Framework:
            Library | Tool
        Framework :: Sphinx:
            Domain | Extension | Theme
        Framework :: TurboGears:
            Applications | Widgets
        Framework :: Wagtail:
            1 | 2 | 3 | 4 | 5 | 6 | 7
        Framework :: Zope:
            2 | 3 | 4 | 5 | 6
        Intended Audience:
            Customer Service | Developers | Education | End Users/Desktop | Financial and Insurance Industry |
            Healthcare Industry | Information Technology | Legal Industry | Manufacturing | Other Audience | Religion |
            Science/Research | System Administrators | Telecommunications Industry
        License:
            Aladdin Free Public License (AFPL) | CC0 1.0 Universal (CC0 1.0) Public Domain Dedication |
            CeCILL-B Free Software License Agreement (CECILL-B) | CeCILL-C Free Software License Agreement (CECILL-C) |
            DFSG approved | Eiffel Forum License (EFL) | Free For Educational Use | Free For Home Use |
            Free To Use But Restricted | Free for non-commercial use | Freely Distributable | Freeware |
            GUST Font License 1.0 | GUST Font License 2006-09-30 | Netscape Public License (NPL) |
            Nokia Open Source License (NOKOS) | OSI Approved | Other/Proprietary License | Public Domain |
            Repoze Public License
        License :: OSI Approved:
            Academic Free License (AFL) | Apache Software License | Apple Public Source License | Artistic License |
            Attribution Assurance License | BSD License | Blue Oak Model License (BlueOak-1.0.0) |
            Boost Software License 1.0 (BSL-1.0) | CEA CNRS Inria Logiciel Libre License, version 2.1 (CeCILL-2.1) |
            CMU License (MIT-CMU) | Common Development and Distribution License 1.0 (CDDL-1.0) | Common Public License |
            Eclipse Public License 1.0 (EPL-1.0) | Eclipse Public License 2.0 (EPL-2.0) |
            Educational Community License, Version 2.0 (ECL-2.0) | Eiffel Forum License |
            European Union Public Licence 1.0 (EUPL 1.0) | European Union Public Licence 1.1 (EUPL 1.1) |
            European Union Public Licence 1.2 (EUPL 1.2) | GNU Affero General Public License v3 |
            GNU Affero General Public License v3 or later (AGPLv3+) | GNU Free Documentation License (FDL) |
            GNU General Public License (GPL) | GNU General Public License v2 (GPLv2) |
            GNU General Public License v2 or later (GPLv2+) | GNU General Public License v3 (GPLv3) |
            GNU General Public License v3 or later (GPLv3+) | GNU Lesser General Public License v2 (LGPLv2) |
            GNU Lesser General Public License v2 or later (LGPLv2+) | GNU Lesser General Public License v3 (LGPLv3) |
            GNU Lesser General Public License v3 or later (LGPLv3+) | GNU Library or Lesser General Public License (LGPL) |
            Historical Permission Notice and Disclaimer (HPND) | IBM Public License | ISC License (ISCL) | MIT License |
            MIT No Attribution License (MIT-0) | MirOS License (MirOS) | Motosoto License |
            Mozilla Public License 1.0 (MPL) | Mozilla Public License 1.1 (MPL 1.1) | Mozilla Public License 2.0 (MPL 2.0) |
            Mulan Permissive Software License v2 (MulanPSL-2.0) | NASA Open Source Agreement v1.3 (NASA-1.3) |
            Nethack General Public License | Nokia Open Source License | Open Group Test Suite License |
            Open Software License 3.0 (OSL-3.0) | PostgreSQL License | Python License (CNRI Python License) |
            Python Software Foundation License | Qt Public License (QPL) | Ricoh Source Code Public License |
            SIL Open Font License 1.1 (OFL-1.1) | Sleepycat License | Sun Public License | The Unlicense (Unlicense) |
            Universal Permissive License (UPL) | University of Illinois/NCSA Open Source License |
            Vovida Software License 1.0 | W3C License | Zero-Clause BSD (0BSD) | Zope Public License | zlib/libpng License
        Natural Language:
            Afrikaans | Arabic | Armenian | Basque | Bengali | Bosnian | Bulgarian | Cantonese | Catalan |
            Catalan (Valencian) | Chinese (Simplified) | Chinese (Traditional) | Croatian | Czech | Danish | Dutch |
            English | Esperanto | Estonian | Finnish | French | Galician | Georgian | German | Greek | Hebrew | Hindi |
            Hungarian | Icelandic | Indonesian | Irish | Italian | Japanese | Javanese | Korean | Latin | Latvian |
            Lithuanian | Macedonian | Malay | Marathi | Nepali | Norwegian | Panjabi | Persian | Polish | Portuguese |
            Portuguese (Brazilian) | Romanian | Russian | Serbian | Slovak | Slovenian | Spanish | Swedish | Tamil |
            Telugu | Thai | Tibetan | Turkish | Ukrainian | Urdu | Vietnamese | Yiddish
        Operating System:
            Android | BeOS | MacOS | Microsoft | OS Independent | OS/2 | Other OS | PDA Systems | POSIX | PalmOS | RISC OS |
            Unix | iOS
        Operating System :: MacOS:
            MacOS 9 | MacOS X
        Operating System :: Microsoft:
            MS-DOS | Windows
        Operating System :: Microsoft :: Windows:
            Windows 10 | Windows 11 | Windows 3.1 or Earlier | Windows 7 | Windows 8 | Windows 8.1 | Windows 95/98/2000 |
            Windows CE | Windows NT/2000 | Windows Server 2003 | Windows Server 2008 | Windows Vista | Windows XP
        Operating System :: POSIX:
            AIX | BSD | GNU Hurd | HP-UX | IRIX | Linux | Other | SCO | SunOS/Solaris
        Operating System :: POSIX :: BSD:
            BSD/OS | FreeBSD | NetBSD | OpenBSD
        Programming Language:
            APL | ASP | Ada | Assembly | Awk | Basic | C | C# | C++ | Cold Fusion | Cython | D | Delphi/Kylix | Dylan |
            Eiffel | Emacs-Lisp | Erlang | Euler | Euphoria | F# | Forth | Fortran | Go | Haskell | Hy | Java | JavaScript |
            Kotlin | Lisp | Logo | Lua | ML | Modula | OCaml | Object Pascal | Objective C | Other |
            Other Scripting Engines | PHP | PL/SQL | PROGRESS | Pascal | Perl | Pike | Pliant | Prolog | Python | R |
            REBOL | Rexx | Ruby | Rust | SQL | Scheme | Simula | Smalltalk | Tcl | Unix Shell | Visual Basic | XBasic |
            YACC | Zig | Zope
        Programming Language :: Python:
            2 | 2.3 | 2.4 | 2.5 | 2.6 | 2.7 | 3 | 3.0 | 3.1 | 3.10 | 3.11 | 3.12 | 3.13 | 3.14 | 3.15 | 3.2 | 3.3 | 3.4 |
            3.5 | 3.6 | 3.7 | 3.8 | 3.9 | Free Threading | Implementation
        Programming Language :: Python :: 2:
            Only
        Programming Language :: Python :: 3:
            Only
        Programming Language :: Python :: Free Threading:
            1 - Unstable | 2 - Beta | 3 - Stable | 4 - Resilient
        Programming Language :: Python :: Implementation:
            CPython | GraalPy | IronPython | Jython | MicroPython | PyPy | Stackless
        Topic:
            Adaptive Technologies | Artistic Software | Communications | Database | Desktop Environment | Documentation |
            Education | File Formats | Games/Entertainment | Home Automation | Internet | Multimedia | Office/Business |
            Other/Nonlisted Topic | Printing | Religion | Scientific/Engineering | Security | Sociology |
            Software Development | System | Terminals | Text Editors | Text Processing | Utilities
        Topic :: Communications:
            BBS | Chat | Conferencing | Email | FIDO | Fax | File Sharing | Ham Radio | Internet Phone | Telephony |
            Usenet News
        Topic :: Communications :: Chat:
            ICQ | Internet Relay Chat | Unix Talk
        Topic :: Communications :: Email:
            Address Book | Email Clients (MUA) | Filters | Mail Transport Agents | Mailing List Servers | Post-Office
        Topic :: Communications :: Email :: Post-Office:
            IMAP | POP3
        Topic :: Communications :: File Sharing:
            Gnutella | Napster
        Topic :: Database:
            Database Engines/Servers | Front-Ends
        Topic :: Desktop Environment:
            File Managers | GNUstep | Gnome | K Desktop Environment (KDE) | PicoGUI | Screen Savers | Window Managers
        Topic :: Desktop Environment :: K Desktop Environment (KDE):
            Themes
        Topic :: Desktop Environment :: PicoGUI:
            Applications | Themes
        Topic :: Desktop Environment :: Window Managers:
            Afterstep | Applets | Blackbox | CTWM | Enlightenment | FVWM | Fluxbox | IceWM | MetaCity | Oroborus | Sawfish |
            Waimea | Window Maker | XFCE
        Topic :: Desktop Environment :: Window Managers :: Afterstep:
            Themes
        Topic :: Desktop Environment :: Window Managers :: Blackbox:
            Themes
        Topic :: Desktop Environment :: Window Managers :: CTWM:
            Themes
        Topic :: Desktop Environment :: Window Managers :: Enlightenment:
            Epplets | Themes DR15 | Themes DR16 | Themes DR17
        Topic :: Desktop Environment :: Window Managers :: FVWM:
            Themes
        Topic :: Desktop Environment :: Window Managers :: Fluxbox:
            Themes
        Topic :: Desktop Environment :: Window Managers :: IceWM:
            Themes
        Topic :: Desktop Environment :: Window Managers :: MetaCity:
            Themes
        Topic :: Desktop Environment :: Window Managers :: Oroborus:
            Themes
        Topic :: Desktop Environment :: Window Managers :: Sawfish:
            Themes 0.30 | Themes pre-0.30
        Topic :: Desktop Environment :: Window Managers :: Waimea:
            Themes
        Topic :: Desktop Environment :: Window Managers :: Window Maker:
            Applets | Themes
        Topic :: Desktop Environment :: Window Managers :: XFCE:
            Themes
        Topic :: Documentation:
            Sphinx
        Topic :: Education:
            Computer Aided Instruction (CAI) | Testing
        Topic :: File Formats:
            JSON
        Topic :: File Formats :: JSON:
            JSON Schema
        Topic :: Games/Entertainment:
            Arcade | Board Games | First Person Shooters | Fortune Cookies | Multi-User Dungeons (MUD) | Puzzle Games |
            Real Time Strategy | Role-Playing | Side-Scrolling/Arcade Games | Simulation | Turn Based Strategy
        Topic :: Internet:
            File Transfer Protocol (FTP) | Finger | Log Analysis | Name Service (DNS) | Proxy Servers | WAP | WWW/HTTP |
            XMPP | Z39.50
        Topic :: Internet :: WWW/HTTP:
            Browsers | Dynamic Content | HTTP Servers | Indexing/Search | Session | Site Management | WSGI
        Topic :: Internet :: WWW/HTTP :: Dynamic Content:
            CGI Tools/Libraries | Content Management System | Message Boards | News/Diary | Page Counters | Wiki
        Topic :: Internet :: WWW/HTTP :: Site Management:
            Link Checking
        Topic :: Internet :: WWW/HTTP :: WSGI:
            Application | Middleware | Server
        Topic :: Multimedia:
            Graphics | Sound/Audio | Video
        Topic :: Multimedia :: Graphics:
            3D Modeling | 3D Rendering | Capture | Editors | Graphics Conversion | Presentation | Viewers
        Topic :: Multimedia :: Graphics :: Capture:
            Digital Camera | Scanners | Screen Capture
        Topic :: Multimedia :: Graphics :: Editors:
            Raster-Based | Vector-Based
        Topic :: Multimedia :: Sound/Audio:
            Analysis | CD Audio | Capture/Recording | Conversion | Editors | MIDI | Mixers | Players | Sound Synthesis |
            Speech
        Topic :: Multimedia :: Sound/Audio :: CD Audio:
            CD Playing | CD Ripping | CD Writing
        Topic :: Multimedia :: Sound/Audio :: Players:
            MP3
        Topic :: Multimedia :: Video:
            Capture | Conversion | Display | Non-Linear Editor
        Topic :: Office/Business:
            Financial | Groupware | News/Diary | Office Suites | Scheduling
        Topic :: Office/Business :: Financial:
            Accounting | Investment | Point-Of-Sale | Spreadsheet
        Topic :: Scientific/Engineering:
            Artificial Intelligence | Artificial Life | Astronomy | Atmospheric Science | Bio-Informatics | Chemistry |
            Electronic Design Automation (EDA) | GIS | Human Machine Interfaces | Hydrology | Image Processing |
            Image Recognition | Information Analysis | Instrument Drivers | Interface Engine/Protocol Translator |
            Mathematics | Medical Science Apps. | Oceanography | Physics | Quantum Computing | Visualization
        Topic :: Scientific/Engineering :: Instrument Drivers:
            IVI Conformant
        Topic :: Security:
            Cryptography
        Topic :: Sociology:
            Genealogy | History
        Topic :: Software Development:
            Assemblers | Bug Tracking | Build Tools | Code Generators | Compilers | Debuggers | Disassemblers |
            Documentation | Embedded Systems | Internationalization | Interpreters | Libraries | Localization |
            Object Brokering | Pre-processors | Quality Assurance | Testing | User Interfaces | Version Control |
            Widget Sets
        Topic :: Software Development :: Embedded Systems:
            Controller Area Network (CAN)
        Topic :: Software Development :: Embedded Systems :: Controller Area Network (CAN):
            CANopen | J1939
        Topic :: Software Development :: Libraries:
            Application Frameworks | Java Libraries | PHP Classes | Perl Modules | Pike Modules | Python Modules |
            Ruby Modules | Tcl Extensions | pygame
        Topic :: Software Development :: Object Brokering:
            CORBA
        Topic :: Software Development :: Testing:
            Acceptance | BDD | Mocking | Traffic Generation | Unit
        Topic :: Software Development :: Version Control:
            Bazaar | CVS | Git | Mercurial | RCS | SCCS
        Topic :: System:
            Archiving | Benchmark | Boot | Clustering | Console Fonts | Distributed Computing | Emulators | Filesystems |
            Hardware | Installation/Setup | Logging | Monitoring | Networking | Operating System |
            Operating System Kernels | Power (UPS) | Recovery Tools | Shells | Software Distribution | System Shells |
            Systems Administration
        Topic :: System :: Archiving:
            Backup | Compression | Mirroring | Packaging
        Topic :: System :: Boot:
            Init
        Topic :: System :: Hardware:
            Hardware Drivers | Mainframes | Symmetric Multi-processing | Universal Serial Bus (USB)
        Topic :: System :: Hardware :: Universal Serial Bus (USB):
            Audio | Audio/Video (AV) | Communications Device Class (CDC) | Diagnostic Device | Hub |
            Human Interface Device (HID) | Mass Storage | Miscellaneous | Printer | Smart Card | Vendor | Video (UVC) |
            Wireless Controller
        Topic :: System :: Networking:
            Firewalls | Monitoring | Time Synchronization
        Topic :: System :: Networking :: Monitoring:
            Hardware Watchdog
        Topic :: System :: Operating System Kernels:
            BSD | GNU Hurd | Linux
        Topic :: System :: Systems Administration:
            Authentication/Directory
        Topic :: System :: Systems Administration :: Authentication/Directory:
            LDAP | NIS
        Topic :: Terminals:
            Serial | Telnet | Terminal Emulators/X Terminals
        Topic :: Text Editors:
            Documentation | Emacs | Integrated Development Environments (IDE) | Text Processing | Word Processors
        Topic :: Text Processing:
            Filters | Fonts | General | Indexing | Linguistic | Markup
        Topic :: Text Processing :: Markup:
            HTML | LaTeX | Markdown | SGML | VRML | XML | reStructuredText
        Typing:
            Stubs Only | Typed
        """;
}
