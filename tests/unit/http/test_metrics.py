import asyncio
import os
from pathlib import Path

import pytest

from registry.http import metrics
from registry.http.metrics import UNMATCHED, Counters, Layout, Scrape

LAYOUT = Layout.of([("GET", "/subjects"), ("POST", "/subjects/{subject}/versions")])
A_PID_OF_NOBODY = 2**22 + 1


def a_scrape(counters, folder: Path | None = None, *, is_up=True):
    return Scrape(counters, folder, lambda: is_up).text().decode()


def test_when_answers_are_observed_then_route_class_and_bucket_are_counted():
    counters = Counters.private(LAYOUT)
    row = counters.row("GET", "/subjects")

    counters.observe(row, 200, 300_000)
    counters.observe(row, 204, 9_000_000_000)
    counters.observe(row, 404, 1)

    text = a_scrape(counters)
    labels = 'method="GET",route="/subjects",status="2xx"'
    name = "wirepact_http_request_duration_seconds"
    assert f"wirepact_http_requests_total{{{labels}}} 2.0" in text
    assert f'{name}_bucket{{le="0.00025",{labels}}} 0.0' in text
    assert f'{name}_bucket{{le="0.0005",{labels}}} 1.0' in text
    assert f'{name}_bucket{{le="+Inf",{labels}}} 2.0' in text
    assert f"{name}_sum{{{labels}}} 9.0003" in text
    assert 'status="4xx"} 1.0' in text


def test_given_unknown_routes_when_observed_then_they_share_one_label():
    counters = Counters.private(LAYOUT)

    for number in range(100):
        counters.observe(counters.row("GET", f"/scan/{number}"), 404, 1)

    text = a_scrape(counters)
    assert f'route="{UNMATCHED[1]}",status="4xx"}} 100.0' in text
    assert "/scan/" not in text


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "accepted"), (409, "incompatible"), (422, "refused"), (503, "failed")],
)
def test_when_a_registration_ends_then_its_outcome_is_counted(status, outcome):
    counters = Counters.private(LAYOUT)

    counters.registration(status)

    line = f'wirepact_registrations_total{{outcome="{outcome}"}} 1.0'
    assert line in a_scrape(counters)


def test_given_quick_answers_from_memory_when_scraped_then_they_count_at_once():
    counters = Counters.private(LAYOUT)
    row = counters.row("GET", "/subjects")
    hits = counters.hits(row, 200)

    hits.number, hits.spent_ns = 3, 300_000

    told = a_scrape(counters)
    labels = 'method="GET",route="/subjects",status="2xx"'
    name = "wirepact_http_request_duration_seconds"
    assert f"wirepact_http_requests_total{{{labels}}} 3.0" in told
    assert f'{name}_bucket{{le="0.00025",{labels}}} 3.0' in told
    assert f"{name}_sum{{{labels}}} 0.0003" in told
    assert 'wirepact_cache_lookups_total{result="hit"} 3.0' in told
    counters.publish()
    assert a_scrape(counters) == told


def test_given_quick_answers_when_some_time_has_passed_then_other_workers_see_them(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(metrics, "_PUBLISHED_EVERY_S", 0)
    counters = Counters.shared(LAYOUT, tmp_path)
    (tmp_path / f"{os.getpid()}.counters").rename(
        tmp_path / f"{A_PID_OF_NOBODY}.counters"
    )
    other = Counters.shared(LAYOUT, tmp_path)
    hits = counters.hits(counters.row("GET", "/subjects"), 304)

    async def hit():
        hits.number += 1
        counters.publish_soon()
        assert 'result="hit"} 2.0' not in a_scrape(other, tmp_path)
        await asyncio.sleep(0)

    for _ in range(2):
        asyncio.run(hit())
        assert hits.number == 0

    told = a_scrape(other, tmp_path)
    assert 'status="3xx"} 2.0' in told
    assert 'result="hit"} 2.0' in told


def test_given_two_workers_when_one_is_scraped_then_both_are_added_up(tmp_path):
    own = Counters.shared(LAYOUT, tmp_path)
    other = tmp_path / f"{os.getppid()}.counters"
    own.observe(own.row("GET", "/subjects"), 200, 1)
    own.cached(100)
    other.write_bytes((tmp_path / f"{os.getpid()}.counters").read_bytes())

    text = a_scrape(own, tmp_path)

    assert 'route="/subjects",status="2xx"} 2.0' in text
    assert "wirepact_cache_bytes 200.0" in text


def test_given_a_dead_worker_when_scraped_then_it_stays_counted_but_for_its_cache(
    tmp_path,
):
    own = Counters.shared(LAYOUT, tmp_path)
    own.observe(own.row("GET", "/subjects"), 200, 1)
    own.cached(100)
    (tmp_path / f"{os.getpid()}.counters").rename(
        tmp_path / f"{A_PID_OF_NOBODY}.counters"
    )

    text = a_scrape(Counters.private(LAYOUT), tmp_path)

    assert 'route="/subjects",status="2xx"} 1.0' in text
    assert "wirepact_cache_bytes 0.0" in text


def test_given_a_folder_tidied_away_when_scraped_then_the_own_counters_are_told(
    tmp_path,
):
    own = Counters.shared(LAYOUT, tmp_path)
    own.observe(own.row("GET", "/subjects"), 200, 1)
    for path in tmp_path.iterdir():
        path.unlink()

    assert 'route="/subjects",status="2xx"} 1.0' in a_scrape(own, tmp_path)


def test_given_a_worker_that_starts_when_its_file_is_seen_then_it_is_whole(
    tmp_path, monkeypatch
):
    sizes, original = [], Path.open

    def opened(path, *args):
        file = original(path, *args)
        sizes.append([each.stat().st_size for each in tmp_path.glob("*.counters")])
        return file

    monkeypatch.setattr(Path, "open", opened)

    for _ in range(2):
        Counters.shared(LAYOUT, tmp_path)

    assert sizes == [[], [LAYOUT.size_bytes]]


def test_given_a_lost_database_when_scraped_then_it_is_told():
    text = a_scrape(Counters.private(LAYOUT), is_up=False)

    assert "wirepact_database_up 0.0" in text
