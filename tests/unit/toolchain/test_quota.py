"""What control groups leave of a machine."""

from pathlib import Path

import pytest

from pipeline.toolchain import quota

MEMINFO = "MemTotal: 8000000 kB\nMemFree: 1 kB\nMemAvailable:    4096000 kB\n"
GIB = str(1 << 30)
V1_NONE = "9223372036854771712"


@pytest.mark.parametrize(
    ("group", "count"),
    [
        ({}, 8),
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "150000 100000\n"}, 1),
        ({"cpu.max": "10000 100000\n"}, 1),
        ({"cpu.max": "1600000 100000\n"}, 8),
        ({"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"}, 8),
        ({"cpu.cfs_quota_us": "300000\n", "cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu.max": "junk"}, 8),
        ({"cpu.max": "100000 0"}, 8),
    ],
)
def test_cores_are_those_of_the_group(group: quota.Group, count: int) -> None:
    assert quota.cores(8, [group]) == count


def test_the_narrowest_group_around_a_process_counts() -> None:
    groups = ({"cpu.max": "max 100000"}, {"cpu.max": "300000 100000"}, {"cpu.max": "600000 100000"})
    assert quota.cores(8, groups) == 3


@pytest.mark.parametrize(
    ("group", "free"),
    [
        ({}, 4000),
        ({"memory.max": "max\n", "memory.current": "1\n"}, 4000),
        ({"memory.max": GIB, "memory.current": "0\n"}, 1024),
        ({"memory.max": GIB, "memory.current": str(512 << 20)}, 512),
        (
            {
                "memory.max": GIB,
                "memory.current": str(1000 << 20),
                "memory.stat": f"anon 5\ninactive_file {900 << 20}\n",
            },
            924,
        ),
        ({"memory.max": GIB, "memory.current": str(2 << 30)}, 0),
        ({"memory.limit_in_bytes": V1_NONE, "memory.usage_in_bytes": "5"}, 4000),
        ({"memory.limit_in_bytes": GIB, "memory.usage_in_bytes": str(24 << 20)}, 1000),
    ],
)
def test_memory_is_what_the_group_and_the_machine_leave(group: quota.Group, free: int) -> None:
    assert quota.memory_mb(MEMINFO, [group]) == free


def test_where_nothing_says_nothing_is_known() -> None:
    assert quota.memory_mb("", []) is None


@pytest.mark.parametrize(
    ("listed", "folder", "file"),
    [
        ("0::/user/one\n", "user/one", "cpu.max"),
        ("0::/user/one\n", "user", "cpu.max"),
        ("0::/user/one\n", ".", "cpu.max"),
        ("4:cpu,cpuacct:/docker/a\n0::/\n", "cpu,cpuacct/docker/a", "cpu.cfs_quota_us"),
        ("4:memory:/not/shown/here\n", "memory", "memory.limit_in_bytes"),
    ],
)
def test_a_group_is_found_with_all_above_it(
    tmp_path: Path, listed: str, folder: str, file: str
) -> None:
    own, root = tmp_path / "own", tmp_path / "root"
    own.write_text(listed)
    (root / folder).mkdir(parents=True)
    (root / folder / file).write_text("5")
    assert {file: "5"} in quota.read(root=root, own=own)


def test_without_control_groups_there_is_no_limit(tmp_path: Path) -> None:
    assert [one for one in quota.read(root=tmp_path, own=tmp_path / "none") if one] == []
