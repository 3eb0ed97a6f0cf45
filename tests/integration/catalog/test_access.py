"""Who hears, sees and fetches what; what counts as a play."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from indii.catalog.access import commands as access
from indii.catalog.access import queries
from indii.catalog.access.models import Play
from indii.catalog.recordings import commands
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import Recording
from indii.catalog.uploads.commands import set_cover
from indii.kernel.context import NOBODY, Actor
from tests.factories.catalog import make_recording, make_upload
from tests.factories.identity import make_admin, make_fan, make_producer

SOUND = bytes(range(256)) * 40


@pytest.fixture
def ash(rt):
    return make_producer(rt, "Ash Verell")


@pytest.fixture
def recording(rt, ash):
    return make_recording(rt, ash, preview=SOUND)


def do(rt, actor, command, **kwargs):
    with rt.write(actor) as ctx:
        return command(ctx, **kwargs)


def test_a_preview_is_streamed_whole_and_by_ranges(web, recording):
    url = f"/media/preview/{recording}"
    whole = web.get(url)
    assert (whole.status_code, whole.content) == (200, SOUND)
    assert whole.headers["content-type"] == "audio/mpeg"
    assert whole.headers["cache-control"] == "private, max-age=60"
    assert whole.headers["accept-ranges"] == "bytes"
    part = web.get(url, headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, SOUND[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(SOUND)}"
    rest = web.get(url, headers={"range": "bytes=-10"})
    assert (rest.status_code, rest.content) == (206, SOUND[-10:])
    assert web.get(url, headers={"range": "bytes=999999-"}).status_code == 416
    etag = whole.headers["etag"]
    assert web.get(url, headers={"if-none-match": etag}).status_code == 304
    resumed = web.get(url, headers={"range": "bytes=5-9", "if-range": etag})
    assert (resumed.status_code, resumed.content) == (206, SOUND[5:10])
    stale = web.get(url, headers={"range": "bytes=5-9", "if-range": '"older"'})
    assert stale.status_code == 200
    assert web.request("HEAD", url).headers["content-length"] == str(len(SOUND))


@pytest.mark.parametrize("what", ["preview", "peaks", "cover"])
def test_hidden_means_hidden_at_once(web, rt, ash, recording, what):
    url = f"/media/{what}/{recording}"
    assert web.as_(NOBODY).get(url).status_code == 200
    admin = make_admin(rt)
    do(rt, admin, commands.mark_taken_down, recording_id=recording, reason="Uncleared sample")
    for stranger in (NOBODY, make_fan(rt), make_producer(rt, "Grayline")):
        assert web.as_(stranger).get(url).status_code == 404
    assert web.as_(ash).get(url).status_code == 200
    assert web.as_(admin).get(url).status_code == 200
    do(rt, admin, commands.clear_takedown, recording_id=recording)
    assert web.as_(NOBODY).get(url).status_code == 200
    do(rt, ash, commands.withdraw, recording_id=recording)
    assert web.as_(NOBODY).get(url).status_code == 404
    do(rt, ash, commands.delete, recording_id=recording)
    assert web.as_(ash).get(url).status_code == 404


@pytest.mark.parametrize("odd", ["x", "..%2Fetc%2Fpasswd", "00000000-0000-0000-0000-000000000000"])
def test_what_never_was_is_not_found(web, odd):
    for what in ("preview", "peaks", "cover"):
        assert web.get(f"/media/{what}/{odd}").status_code == 404


def test_a_waveform_has_800_values(web, recording):
    assert len(web.get(f"/media/peaks/{recording}").content) == 800


def test_a_cover_is_drawn_until_a_picture_comes(web, rt, ash, recording):
    drawn = web.get(f"/media/cover/{recording}?v=1")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "default-src 'none'" in drawn.headers["content-security-policy"]
    assert drawn.text.startswith("<svg")
    again = web.get(
        f"/media/cover/{recording}?v=1", headers={"if-none-match": drawn.headers["etag"]}
    )
    assert again.status_code == 304
    upload_id = make_upload(rt, ash, FileKind.COVER, content=b"large")
    with rt.read() as ctx:
        before = ctx.db.get(Recording, recording).cover_version
    do(rt, ash, set_cover, recording_id=recording, upload_id=upload_id)
    picture = web.get(f"/media/cover/{recording}")
    assert (picture.headers["content-type"], picture.content) == ("image/webp", b"large")
    with rt.read() as ctx:
        kept = ctx.db.get(Recording, recording)
        assert (kept.cover_version, kept.colour_a) == (before + 1, "#331c0a")
    do(rt, ash, set_cover, recording_id=recording, upload_id=None)
    assert web.get(f"/media/cover/{recording}").text == drawn.text


def test_a_draft_without_sound_has_a_cover_too(web, rt, ash):
    draft = do(rt, ash, commands.create_draft, title="Rust")
    assert web.as_(ash).get(f"/media/cover/{draft}").text.startswith("<svg")


def test_masters_go_to_their_owner_only_and_by_signed_links(web, rt, ash, recording, clock):
    url = f"/api/own/{recording}/main_wav"
    for stranger in (make_fan(rt), make_producer(rt, "Grayline"), NOBODY):
        assert web.as_(stranger).get(url).status_code in {401, 403, 404}
    there = web.as_(ash).get(url)
    assert there.status_code == 303
    link = there.headers["location"]
    assert link.startswith("/files/")
    got = web.get(link)
    assert got.status_code == 200
    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["cache-control"] == "private, no-store"
    assert web.get(link[:-2] + "xx").status_code == 404
    assert web.get("/files/" + "a" * 3000).status_code == 404
    assert web.get(f"/api/own/{recording}/preview").status_code == 404
    assert web.get(f"/api/own/{recording}/nonsense").status_code == 404


def test_a_bucket_is_visited_by_the_browser_itself(web, rt, ash, recording):
    class Bucket:
        in_place = None

        def url(self, key, **_):
            return f"https://bucket.example.com/{key}"

    rt.storage = Bucket()
    for url in (f"/media/preview/{recording}", f"/api/own/{recording}/main_wav"):
        there = web.as_(ash).get(url)
        assert there.headers["location"].startswith("https://bucket.example.com/")
    assert web.get("/files/" + "a" * 40).status_code == 404


def test_nothing_but_previews_has_a_public_address(web, rt, ash, recording):
    with rt.read() as ctx:
        from indii.catalog.recordings.models import MediaFile

        files = [MediaFile(**f.model_dump()) for f in ctx.db.scalars(select(MediaFile))]
    for file in files:
        for guess in (file.id, file.storage_key, file.storage_key.rpartition("/")[2]):
            for prefix in ("/media/preview/", "/files/", "/media/", "/"):
                assert web.get(f"{prefix}{guess}").status_code == 404


def play(web, actor, recording_id):
    return web.as_(actor).post("/api/plays", json={"id": str(recording_id)})


def plays(rt, recording_id):
    with rt.read() as ctx:
        return ctx.db.get(Recording, recording_id).plays


def visitor(name, **more):
    return Actor(visitor=name, **more)


def test_a_play_counts_once_a_listener_and_day(web, rt, recording, clock):
    fan = make_fan(rt)
    assert play(web, fan, recording).json() == {"counted": True}
    assert play(web, fan, recording).json() == {"counted": False}
    assert play(web, visitor("one"), recording).json() == {"counted": True}
    assert play(web, visitor("two"), recording).json() == {"counted": True}
    assert plays(rt, recording) == 3
    clock.move(days=1)
    assert play(web, fan, recording).json() == {"counted": True}
    assert plays(rt, recording) == 4
    with rt.read() as ctx:
        assert len(ctx.db.scalars(select(Play.listener))) == 4


def test_these_never_count(web, rt, ash, recording):
    for actor in (ash, NOBODY, visitor("bot", is_bot=True)):
        assert play(web, actor, recording).json() == {"counted": False}
    assert play(web, visitor("one"), uuid4()).json() == {"counted": False}
    do(rt, ash, commands.withdraw, recording_id=recording)
    assert play(web, visitor("one"), recording).json() == {"counted": False}
    assert plays(rt, recording) == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"id": 5}', b'{"id": "x"}', b"5", b"x" * 9000]
)
def test_a_nonsense_play_is_refused(web, body):
    assert web.as_(visitor("one")).post("/api/plays", content=body).status_code in {413, 422}


def test_counting_machines_are_slowed_down(web, recording):
    codes = {play(web, visitor("one"), recording).status_code for _ in range(260)}
    assert codes == {200, 429}


def test_the_studio_counts_by_day(rt, ash, recording, clock):
    now = clock.now
    for days_ago, listeners in ((0, 2), (3, 1), (27, 1), (30, 4)):
        clock.now = now - timedelta(days=days_ago)
        for n in range(listeners):
            do(rt, visitor(f"v{n}"), access.count_play, recording_id=recording)
    clock.now = now
    with rt.read(ash) as ctx:
        counts = queries.own_play_counts(ctx)
    assert (counts.today, counts.recent, counts.before, counts.ever) == (2, 4, 4, 8)
    assert len(counts.by_day) == 28
    assert counts.by_day[-1] == ("2100-11-20", 2)
    assert counts.by_day[0] == ("2100-10-24", 1)
    assert counts.by_day_before[-3] == ("2100-10-21", 4)
    with rt.read(ash) as ctx:
        assert queries.own_recent_plays(ctx) == {recording: 4}
