# Runs a real pip many times in one process: imported once, then one fork for each run, so that none sees another's state.
#
#   python pip_driver.py RUNS.json PIP   PIP is a wheel's path, or empty for the interpreter's own pip
#
# RUNS.json: {"hosts": [...], "parallel": n, "folder": "...", "runs": [{"id", "arguments", "environment"} or
# {"id", "host", "port", "anchors", "strict"}]}. Names in "hosts" are on 127.0.0.1. Prints one line of JSON for each run.
# A run with "host" is a bare verified handshake of the ssl module, which says its verify code as a number.
import io
import json
import os
import socket
import sys
import time


def pip_main():
    try:
        from pip._internal.cli.main import main
    except ImportError:
        try:
            from pip._internal import main
        except ImportError:
            from pip import main
    return main


def run_pip(main, run):
    os.environ.update(run.get("environment") or {})
    try:
        return main(run["arguments"]) or 0
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1


def run_ssl(run):
    import ssl
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if run["anchors"]:
        context.load_verify_locations(run["anchors"])
    if run["strict"]:
        context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        with socket.create_connection((run["host"], run["port"]), 3) as connection:
            with context.wrap_socket(connection, server_hostname=run["host"]):
                print("verify code 0")
                return 0
    except ssl.SSLCertVerificationError as error:
        print("verify code %d %s" % (error.verify_code, error.verify_message))
        return 1
    except Exception as error:
        print("verify code - %s" % error)
        return 1


def start(folder, number, run, main):
    out = os.path.join(folder, "%d.txt" % number)
    child = os.fork()
    if child:
        return child, out
    code = 99
    try:
        target = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(target, 1)
        os.dup2(target, 2)
        code = run_ssl(run) if "host" in run else run_pip(main, run)
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if 0 <= code < 256 else 1)


def on_this_machine(hosts):
    resolve = socket.getaddrinfo

    def patched(host, *arguments, **named):
        return resolve("127.0.0.1" if host in hosts else host, *arguments, **named)
    socket.getaddrinfo = patched


def warm_up(main, folder):
    # Everything that pip imports on its way is imported here, not in every child.
    silent = os.open(os.devnull, os.O_WRONLY)
    saved = os.dup(1), os.dup(2)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    try:
        main(["--disable-pip-version-check", "--no-input", "--no-cache-dir", "download", "--no-deps", "--retries", "0", "--timeout", "1", "-d", folder, "--index-url", "https://127.0.0.1:9/", "nothing"])
    except BaseException:
        pass
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.dup2(saved[0], 1)
        os.dup2(saved[1], 2)
        # Old pips leave the folder of a finished run in their environment.
        for name in [name for name in os.environ if name.startswith("PIP_")]:
            del os.environ[name]


def main():
    with io.open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    if len(sys.argv) > 2 and sys.argv[2]:
        sys.path.insert(0, sys.argv[2])
    on_this_machine(set(plan["hosts"]))
    command = pip_main()
    warm_up(command, plan["folder"])
    running, waiting = {}, list(enumerate(plan["runs"]))
    while running or waiting:
        while waiting and len(running) < plan["parallel"]:
            number, run = waiting.pop(0)
            child, out = start(plan["folder"], number, run, command)
            running[child] = (run, out, time.time())
        child, status = os.wait()
        run, out, began = running.pop(child)
        with io.open(out, encoding="utf-8", errors="replace") as file:
            text = file.read()
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 255
        print(json.dumps({"id": run["id"], "exit": code, "seconds": round(time.time() - began, 2), "text": text[-6000:]}))
        sys.stdout.flush()


main()
