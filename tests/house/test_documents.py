"""What can be set or called is documented."""

import re

from tests.house.sources import BASE_DIR, documents, name, room_files

# Read by tools that we only pass them on to, or set by them.
NOT_OURS = {"PATH", "HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "DJANGO_SETTINGS_MODULE"}


def settings_read() -> dict[str, str]:
    """Every environment variable that the project reads, and where."""
    found: dict[str, str] = {}
    reads = (
        r"\benv\.(?:text|folder|flag|number|list)\(\s*\"([A-Z_]+)\"",
        r"\bself\.(?:text|folder|flag|number|list)\(\s*\"([A-Z_]+)\"",
        r"\benviron(?:\.get|\.setdefault)?[\[(]\s*\"([A-Z_]+)\"",
        r"\bgetenv\(\s*\"([A-Z_]+)\"",
        r"\"([A-Z_]+)\" in os\.environ",
    )
    paths = [*room_files(), *(BASE_DIR / "tests").rglob("machine.py")]
    for path in paths:
        for read in reads:
            found |= {match: name(path) for match in re.findall(read, path.read_text())}
    for match in re.findall(r"\$\{([A-Z_]+)", (BASE_DIR / "Procfile").read_text()):
        found[match] = "Procfile"
    return {variable: where for variable, where in found.items() if variable not in NOT_OURS}


def test_the_search_finds_settings() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "DEBUG", "PORT", "WORKERS"} <= set(settings_read())


def test_every_setting_is_documented() -> None:
    text = documents()
    missing = {v: where for v, where in settings_read().items() if f"`{v}`" not in text}
    assert missing == {}


def test_every_management_command_is_documented() -> None:
    text = documents()
    commands = [
        path.stem
        for path in room_files()
        if path.parent.name == "commands" and path.stem != "__init__"
    ]
    assert commands
    assert [command for command in commands if command not in text] == []


def test_every_make_target_is_documented() -> None:
    text = documents()
    targets = re.findall(r"^([a-z-]+):.*##", (BASE_DIR / "Makefile").read_text(), re.MULTILINE)
    assert [target for target in targets if f"make {target}" not in text] == []


def test_documents_link_to_files_that_exist() -> None:
    broken = []
    for path in [*BASE_DIR.glob("*.md"), *(BASE_DIR / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
            if "://" not in target and not target.startswith("mailto:"):
                exists = (path.parent / target).exists()
                broken += [] if exists else [f"{name(path)}: {target}"]
    assert broken == []
