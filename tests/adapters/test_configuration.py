"""ZenML's configuration files are whole at every moment, whoever writes them."""

import stat
import threading
from pathlib import Path

from zenml.utils import yaml_utils

from adapters.configuration import write_whole_files

CONTENT = {"key": "value" * 1000}


def test_a_reader_never_finds_half_a_file(tmp_path: Path) -> None:
    """As a second process does, which starts or runs while another one starts."""
    write_whole_files()
    path = tmp_path / "config.yaml"
    yaml_utils.write_yaml(str(path), CONTENT)
    done = threading.Event()

    def write() -> None:
        for _ in range(300):
            yaml_utils.write_yaml(str(path), CONTENT)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    sizes = set()
    while not done.is_set():
        sizes.add(len(path.read_bytes()))
    writer.join()
    assert len(sizes) == 1
    assert yaml_utils.read_yaml(str(path)) == CONTENT


def test_a_secret_file_stays_secret(tmp_path: Path) -> None:
    write_whole_files()
    path = tmp_path / "credentials.yaml"
    path.touch(mode=0o600)
    yaml_utils.write_yaml(str(path), CONTENT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    write_whole_files()
    path, target = tmp_path / "config.yaml", tmp_path / "elsewhere.yaml"
    target.touch()
    path.symlink_to(target)
    yaml_utils.write_yaml(str(path), CONTENT)
    assert path.is_symlink()
    assert yaml_utils.read_yaml(str(target)) == CONTENT
