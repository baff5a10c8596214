"""The console's npm packages in the bill of materials, which cyclonedx-py writes of the Python packages alone.

python -m supply.sbom build/sbom.json
"""

import argparse
import json
from pathlib import Path
from urllib.parse import quote

from supply.console import Package, read


def component(package: Package) -> dict[str, object]:
    """Return a package as CycloneDX has it."""
    purl = f"pkg:npm/{quote(package.name, safe='/')}@{package.version}"
    hashes = [{"alg": "SHA-512", "content": package.sha512}] if package.sha512 else []
    return {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "licenses": [{"license": {"id": package.licence}}],
        "hashes": hashes,
        "purl": purl,
    }


def add(path: Path) -> int:
    """Add the packages to a document, once; return how many there are. Raises OSError, ValueError, LicenceError."""
    document = json.loads(path.read_text("utf-8"))
    known = {one.get("bom-ref") for one in document.setdefault("components", [])}
    found = [component(package) for package in read()]
    document["components"] += [one for one in found if one["bom-ref"] not in known]
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False), "utf-8")
    return len(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="the bill of materials, which is added to")
    add(parser.parse_args().file)


if __name__ == "__main__":
    main()
