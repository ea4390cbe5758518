"""Runs the real binary for tests: weir() gives exit code and output; run_tests() prints TAP.

A test script is started as NAME_test BINARY SOURCE_ROOT. Each of its functions named test_... runs
in an empty directory of its own; its first docstring line is the name of the test.
"""
import os
import re
import subprocess
import sys
import tempfile
import traceback

BINARY = os.path.abspath(sys.argv[1])
ROOT = os.path.abspath(sys.argv[2])
SECONDS_MAX = 120


class Result:
    """What a run of the binary gave."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    def expect(self, code, out=None, err=None):
        """Fails unless the exit code and, where given, the whole output are these."""
        told = f'exit {self.code}\nout: {self.out[:2000]}\nerr: {self.err[:2000]}'
        assert self.code == code, f'expected exit {code}, got {told}'
        assert out is None or self.out == out, f'expected out {out!r}, got {told}'
        assert err is None or self.err == err, f'expected err {err!r}, got {told}'
        return self

    def expect_in(self, out='', err=''):
        """Fails unless the output has these parts."""
        assert out in self.out, f'expected {out!r} in out: {self.out[:2000]}'
        assert err in self.err, f'expected {err!r} in err: {self.err[:2000]}'
        return self


class Skipped(Exception):
    """Raised with the reason why a test cannot run here."""


def skip(reason):
    """Ends the running test as skipped."""
    raise Skipped(reason)


def weir(*arguments, stdin=b'', env=None):
    """Runs weir without a terminal. env: variables to add."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ('NO_COLOR', 'TERM')}
    environment.update(env or {})
    done = subprocess.run([BINARY, *arguments], input=stdin, capture_output=True, check=False,
                          timeout=SECONDS_MAX, env=environment)
    return Result(done)


def shell(script, **variables):
    """Runs a bash script in which $weir is the binary and $root the repository."""
    environment = dict(os.environ, weir=BINARY, root=ROOT, **variables)
    done = subprocess.run(['bash', '-c', script], stdin=subprocess.DEVNULL, capture_output=True,
                          check=False, timeout=SECONDS_MAX, env=environment)
    return Result(done)


def steps(page):
    """What a page has one do, in order: ('policy', text) for a block of the language, and
    ('run', command, exit code, the lines of its output that are shown) for what stands behind $."""
    found, fence, inside = [], None, False
    for line in page.splitlines():
        if line.startswith('```'):
            fence = None if fence is not None else line[3:]
            if fence == 'weir':
                found.append(['policy', ''])
        elif fence is not None:
            found[-1][1] += line + '\n' if fence == 'weir' else ''
        elif line.startswith('    $ '):
            code = re.search(r'# exit code (\d)', line)
            found.append(['run', line[6:], int(code.group(1)) if code else 0, []])
            inside = True
        elif inside and line.startswith('    ') and found[-1][1].endswith('\\'):
            found[-1][1] += '\n' + line
        elif inside and line.startswith('    '):
            found[-1][3].append(line[4:])
        else:
            inside = False
    return found


def run_step(step):
    """Runs a command of a page; fails unless it ends as the page says and shows what it shows."""
    _, command, code, shown = step
    run = shell('weir() { "$weir" "$@"; }\n' + command).expect(code)
    for line in shown:
        assert line in (run.out + run.err).splitlines(), (command, line, run.out, run.err)
    return run


def write(path, text):
    """Writes a file in the test's directory."""
    with open(path, 'w', encoding='utf-8', newline='') as file:
        file.write(text)


def read(path):
    """Reads a whole file."""
    with open(path, encoding='utf-8', newline='') as file:
        return file.read()


def run_one(function):
    """Runs one test in a fresh directory; returns (passed, skip reason or None)."""
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        try:
            function()
            return True, None
        except Skipped as skipped:
            return True, str(skipped)
        except Exception:  # noqa: a test may fail in any way; all are shown
            for line in traceback.format_exc().splitlines():
                print(f'# {line}')
            return False, None
        finally:
            os.chdir(ROOT)


def run_tests(names):
    """Runs every test_... of a module's globals(); the exit code says whether all passed."""
    tests = [value for name, value in names.items() if name.startswith('test_')]
    failures = 0
    print(f'1..{len(tests)}')
    for number, function in enumerate(tests, 1):
        passed, reason = run_one(function)
        name = (function.__doc__ or function.__name__).splitlines()[0].rstrip('.')
        failures += 0 if passed else 1
        print(f'{"ok" if passed else "not ok"} {number} - {name}'
              + (f' # SKIP {reason}' if reason else ''), flush=True)
    sys.exit(1 if failures else 0)
