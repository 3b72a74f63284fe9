"""Shared by the tests: the command line, where it is built."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

# A shell that starts the tests in the background has them ignore Ctrl-C, which some of them send.
signal.signal(signal.SIGINT, signal.default_int_handler)


def clocks():
    """The time, and that of the processor in this process."""
    return time.monotonic(), time.process_time()


def seconds_since(then):
    """Seconds since the clocks were read, as on a machine that does nothing else: those of the processor, if they are fewer.

    Who sleeps needs no processor, so a tenth of the time counts in any case.
    """
    passed, worked = (now - before for now, before in zip(clocks(), then, strict=True))
    return min(passed, max(worked, passed / 10))


def interrupt_soon(seconds=0.3):
    """Sends Ctrl-C after some time; the list that it gives has the time then."""
    sent = []

    def interrupt():
        sent.append(clocks())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Timer(seconds, interrupt).start()
    return sent


class Program:
    """The command line."""

    def __init__(self, path):
        self.path = path

    def run(self, *arguments):
        done = subprocess.run([self.path, *arguments], capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    def json(self, command, *arguments):
        """The report of a command."""
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.json")
            self.run(command, "--quiet", *arguments, "--json", str(report))
            return json.loads(report.read_text())


@pytest.fixture(scope="session")
def program():
    path = os.environ.get("SPIKEMESH_PROGRAM") or shutil.which("spikemesh")
    if path is None:
        pytest.skip("no program: SPIKEMESH_PROGRAM names it")
    return Program(path)
