"""Licenses granted, certified, checked and voided."""

import hashlib
from dataclasses import asdict
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from indii.business.licensing import commands, flows, pages, queries
from indii.business.licensing.commands import CERTIFICATE, void_grant
from indii.business.licensing.endpoints import certificate
from indii.business.licensing.enums import CertificateStatus, LicenseTier, VoidReason
from indii.business.licensing.errors import CertificateBeingMade, CertificateNotFound
from indii.business.licensing.models import LicenseCertificate, LicenseGrant
from indii.business.licensing.rules import text_hash
from indii.catalog.recordings.enums import FileKind
from indii.catalog.recordings.models import MediaFile
from indii.kernel.context import NOBODY, SYSTEM
from indii.kernel.errors import NotAllowed, SignInNeeded
from indii.kernel.ids import new_id
from indii.kernel.jobs import Job
from indii.ports.errors import DocumentError, StorageError
from tests.factories.catalog import make_recording
from tests.factories.drawn import ssr_html
from tests.factories.identity import make_admin, make_fan, make_producer
from tests.factories.licensing import make_grant
from workers.queue import drain_queue


@pytest.fixture
def producer(rt):
    return make_producer(rt)


@pytest.fixture
def recording_id(rt, producer):
    return make_recording(rt, producer, with_stems=True)


def made(rt, certificate_id):
    flows.make_certificate(rt, SYSTEM, certificate_id=certificate_id)
    return view(rt, certificate_id)


def view(rt, certificate_id):
    with rt.read() as ctx:
        return queries.certificate_view(ctx, certificate_id)


def item_behind(rt, certificate_id):
    with rt.read() as ctx:
        return ctx.db.scalar(
            select(col(LicenseGrant.order_item_id))
            .join(LicenseCertificate, col(LicenseCertificate.grant_id) == col(LicenseGrant.id))
            .where(col(LicenseCertificate.id) == certificate_id)
        )


def void(rt, certificate_id, reason=VoidReason.REFUNDED):
    item = item_behind(rt, certificate_id)
    with rt.write(SYSTEM) as ctx:
        return void_grant(ctx, order_item_id=item, reason=reason)


def test_a_grant_is_made_once_and_asks_for_its_certificate(rt, recording_id):
    item = new_id()
    first = make_grant(rt, recording_id, order_item_id=item)
    again = make_grant(rt, recording_id, order_item_id=item, licensee_name="Somebody Else")
    assert first == again
    with rt.read() as ctx:
        (grant,) = ctx.db.scalars(select(LicenseGrant))
        (job,) = ctx.db.scalars(select(Job).where(col(Job.kind) == CERTIFICATE.name))
        assert queries.grants_of(ctx, [item, new_id()]) == {
            item: queries.GrantLine(first, is_made=False, is_void=False)
        }
        assert grant.licensee_name == "Mara Lindqvist"
        assert grant.text_sha256 == text_hash(grant.text)
        assert job.key == str(first)


def test_the_worker_makes_a_document_that_is_what_it_says(rt, recording_id):
    import workers.business  # noqa: F401

    certificate_id = make_grant(rt, recording_id)
    assert view(rt, certificate_id).pdf_sha256 == ""
    drain_queue(rt, ["default"])
    said = view(rt, certificate_id)
    with rt.read() as ctx:
        stored = queries.stored_certificate(ctx, certificate_id)
    content = rt.storage.fetch(stored.storage_key).read_bytes()
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == said.pdf_sha256 == stored.pdf_sha256
    assert stored.filename.startswith("license-cold-harbour-")
    with rt.read() as ctx:
        assert queries.find_by_pdf_hash(ctx, said.pdf_sha256) == certificate_id
        assert queries.find_by_pdf_hash(ctx, "ab" * 32) is None
        assert queries.find_by_pdf_hash(ctx, "") is None


def test_making_it_again_changes_nothing(rt, recording_id, clock):
    certificate_id = make_grant(rt, recording_id)
    first = made(rt, certificate_id)
    clock.move(days=1)
    assert made(rt, certificate_id).pdf_sha256 == first.pdf_sha256
    with rt.write(SYSTEM) as ctx:
        assert not commands.record_certificate(
            ctx, certificate_id=certificate_id, storage_key="a/b.pdf", pdf_sha256="cd" * 32
        )
    assert view(rt, certificate_id).pdf_sha256 == first.pdf_sha256


def test_a_failure_leaves_nothing_and_trying_again_works(rt, recording_id, monkeypatch):
    certificate_id = make_grant(rt, recording_id)

    class Broken:
        def __getattr__(self, _name):
            def fail(*_args, **_kwargs):
                raise DocumentError("It took too long.")

            return fail

    documents, rt.documents = rt.documents, Broken()
    with pytest.raises(DocumentError):
        flows.make_certificate(rt, SYSTEM, certificate_id=certificate_id)
    rt.documents = documents
    storage, rt.storage = rt.storage, Broken()
    with pytest.raises((DocumentError, StorageError)):
        flows.make_certificate(rt, SYSTEM, certificate_id=certificate_id)
    rt.storage = storage
    assert view(rt, certificate_id).pdf_sha256 == ""
    assert made(rt, certificate_id).pdf_sha256


def test_anybody_may_see_what_a_certificate_says_but_no_price_or_address(rt, recording_id):
    buyer = make_fan(rt, email="mara@example.com")
    said = made(rt, make_grant(rt, recording_id, account_id=buyer.account_id))
    assert (said.status, said.tone) == (CertificateStatus.VALID, "good")
    assert {fact.name: fact.value for fact in said.facts} == {
        "Recording": "Cold Harbour",
        "Producer": "Ash Verell",
        "Licensee": "Mara Lindqvist",
        "Performing as": "MARA",
        "License": "WAV lease",
        "Granted on": "20 November 2100 (2100-11-20)",
    }
    assert [t.value for t in said.terms][:2] == ["up to 150,000", "up to 5,000"]
    assert [f.label for f in said.files] == ["Lossless master", "Stems"]
    assert [f.label for f in said.known] == [
        "Certificate", "License text", "Lossless master", "Stems",
    ]  # fmt: skip
    words = str(asdict(said))
    for secret in ("mara@example.com", "49.95", "IN-2026", str(buyer.account_id)):
        assert secret not in words


def test_an_mp3_that_is_made_later_is_known_by_its_content(rt, recording_id, producer):
    certificate_id = make_grant(rt, recording_id, makes_mp3=True)
    waiting = view(rt, certificate_id)
    assert [f.detail for f in waiting.files if f.label == "MP3"] == ["made from the master"]
    assert "" not in {f.sha256 for f in waiting.known}
    with rt.write(SYSTEM) as ctx:
        master = ctx.db.scalars(
            select(MediaFile).where(
                col(MediaFile.recording_id) == recording_id, col(MediaFile.kind) == "main_wav"
            )
        ).one()
        ctx.db.add(
            MediaFile(
                id=new_id(), recording_id=recording_id, profile_id=producer.profile_id,
                kind=FileKind.MADE_MP3, storage_key=f"x/{uuid4()}.mp3", filename="x.mp3",
                content_type="audio/mpeg", format="mp3", bytes=2_000_000, sha256="77" * 32,
                created_at=ctx.now, source_id=master.id,
            )
        )  # fmt: skip
    assert "77" * 32 in {f.sha256 for f in view(rt, certificate_id).known}


@pytest.mark.parametrize("reason", VoidReason)
def test_a_voided_license_says_since_when_and_why(rt, recording_id, clock, reason):
    certificate_id = make_grant(rt, recording_id)
    clock.move(days=3)
    assert void(rt, certificate_id, reason)
    clock.move(days=3)
    assert not void(rt, certificate_id, VoidReason.MISTAKEN)
    said = view(rt, certificate_id)
    assert (said.status, said.tone) == (CertificateStatus.VOID, "bad")
    assert said.status_label == "Void since 23 November 2100"
    words = {"refunded": "refunded", "disputed": "bank", "mistaken": "mistake"}
    assert words[reason] in said.said


def test_a_won_dispute_brings_it_back(rt, recording_id):
    certificate_id = make_grant(rt, recording_id)
    item = item_behind(rt, certificate_id)
    void(rt, certificate_id, VoidReason.DISPUTED)
    with rt.write(SYSTEM) as ctx:
        assert commands.restore_grant(ctx, order_item_id=item)
        assert not commands.restore_grant(ctx, order_item_id=item)
        assert not commands.restore_grant(ctx, order_item_id=new_id())
        assert not void_grant(ctx, order_item_id=new_id(), reason=VoidReason.REFUNDED)
    assert view(rt, certificate_id).status == CertificateStatus.VALID


def test_a_lease_ends_with_its_term(rt, recording_id, clock):
    lease = make_grant(rt, recording_id)
    exclusive = make_grant(rt, recording_id, tier=LicenseTier.EXCLUSIVE)
    clock.move(days=365 * 5)
    assert view(rt, lease).status == CertificateStatus.VALID
    clock.move(days=2)
    assert view(rt, lease).status_label == "Ended on 19 November 2105"
    assert view(rt, exclusive).status == CertificateStatus.VALID
    assert view(rt, exclusive).note.startswith("The last license sold")


def test_the_term_counts_from_the_day_in_the_contract(rt, recording_id):
    said = view(rt, make_grant(rt, recording_id, days_before=3))
    assert said.facts[-1].value == "20 November 2100 (2100-11-20)"
    assert said.terms[-1].value == "until 16 November 2105"


def test_what_was_sold_cannot_be_changed(rt, recording_id):
    make_grant(rt, recording_id)
    for change in (
        "text = text || ' and more'", "terms = '{}'", "files = '[]'", "licensee_name = 'Eve'",
        "tier = 'exclusive'", "granted_at = now()",
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match="cannot be changed"), rt.write(SYSTEM) as ctx:
            ctx.db.execute(text(f"UPDATE license_grant SET {change}"))


def test_who_may_have_the_document(rt, recording_id, producer):
    buyer, stranger = make_fan(rt), make_producer(rt, "Eve")
    certificate_id = make_grant(rt, recording_id, account_id=buyer.account_id)
    with pytest.raises(CertificateBeingMade):
        flows.certificate_link(rt, buyer, certificate_id=certificate_id)
    made(rt, certificate_id)
    for actor in (buyer, producer, make_admin(rt)):
        url = flows.certificate_link(rt, actor, certificate_id=certificate_id)
        assert url.startswith("/files/")
    with pytest.raises(CertificateNotFound):
        flows.certificate_link(rt, stranger, certificate_id=certificate_id)
    with pytest.raises(CertificateNotFound):
        flows.certificate_link(rt, buyer, certificate_id=new_id())
    with pytest.raises(SignInNeeded):
        flows.certificate_link(rt, NOBODY, certificate_id=certificate_id)
    with pytest.raises(NotAllowed):
        flows.make_certificate(rt, stranger, certificate_id=certificate_id)


def test_a_guests_license_finds_its_account(rt, recording_id):
    fan = make_fan(rt)
    mine, other = make_grant(rt, recording_id), make_grant(rt, recording_id)
    item = item_behind(rt, mine)
    with rt.write(SYSTEM) as ctx:
        commands.transfer_grants(ctx, order_item_ids=[item], account_id=fan.account_id)
    made(rt, mine)
    assert flows.certificate_link(rt, fan, certificate_id=mine)
    with pytest.raises(CertificateNotFound):
        flows.certificate_link(rt, fan, certificate_id=other)


ROUTE = "/verify/[certificate]"
assert pages.certificate  # registered


def test_the_first_html_says_all_of_it(rt, recording_id):
    certificate_id = make_grant(rt, recording_id, licensee_name="<b>Mara</b> & Co")
    said = made(rt, certificate_id)
    page, html = ssr_html(rt, ROUTE, certificate, certificate=str(certificate_id))
    assert (page.status, page.path) == (200, f"/verify/{certificate_id}")
    assert "&lt;b&gt;Mara&lt;/b&gt; &amp; Co" in html
    for words in ("Valid", said.pdf_sha256, said.text_sha256, "up to 150,000", "Cold Harbour"):
        assert words in html
    void(rt, certificate_id)
    _, html = ssr_html(rt, ROUTE, certificate, certificate=str(certificate_id))
    assert "Void since 20 November 2100" in html


@pytest.mark.parametrize("number", ["nothing", "0198c0de-4a7b-7c31-9f02-5d1e8a6b3c47", "<b>", ""])
def test_an_unknown_number_is_a_real_404_with_words_of_its_own(rt, number):
    page, html = ssr_html(rt, ROUTE, certificate, certificate=number)
    assert page.status == 404
    assert "No such certificate" in html
    assert "<b>" not in html


def test_a_view_costs_few_questions(rt, recording_id, query_count):
    certificate_id = make_grant(rt, recording_id)
    with query_count(1):
        view(rt, certificate_id)
    with query_count(1):
        view(rt, UUID(int=1))
    with query_count(0):
        view(rt, None)
