"""The procurement officer's pages: a list goes in, verdicts come first, the receipt goes out, and anybody verifies it."""

import io
import re
from typing import Any

import httpx
import pytest
import xlsxwriter

from data.intake.readers.base import DamagedFile
from models.access import Role
from service.clock import legal_day
from service.pages.bidder_list import EmptyList, LongList, NoText, decode, read_bidders
from tests.service.pages.conftest import HOSTILE, Pages
from tests.service.pages.reading import Element, read
from tests.service.town import BLACK, CLEAN, TWIN

LIST = (
    f"统一社会信用代码,名称,联合体\n{CLEAN.code.lower()}\t{CLEAN.name}\t甲\n{BLACK.name},,甲\n\n{HOSTILE.replace(',', '')}\n{TWIN.name}\n"
)


def sent(pages: Pages, **fields: Any) -> httpx.Response:
    files = fields.pop("files", None)
    given = {"purpose": "procurement", "known": "now", "list": LIST, "matter": HOSTILE, "once": "x"} | fields
    return pages.officer.post("/checks/new", data=given, files=files)


@pytest.fixture(scope="module")
def address(pages: Pages) -> str:
    answer = sent(pages, once="fixture")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_a_list_is_read_as_officers_have_it() -> None:
    told = read_bidders(f'名称,代码\n"{CLEAN.name}"，{CLEAN.code}，甲\n{CLEAN.code}\n  {BLACK.name}  \n;;\n')
    assert told == [
        {"code": CLEAN.code, "name": CLEAN.name, "consortium": "甲"},
        {"code": CLEAN.code},
        {"name": BLACK.name},
    ]
    assert decode("名单".encode("gb18030")) == decode("\ufeff名单".encode()) == "名单"
    with pytest.raises(NoText):
        decode(b"\x89PNG\x00\x00")
    with pytest.raises(DamagedFile):
        decode(b"PK\x03\x04\x00\x00")
    with pytest.raises(EmptyList):
        read_bidders("代码,名称\n\n")
    with pytest.raises(LongList):
        read_bidders("x\n" * 5_001)


def test_the_answer_shows_what_follows_before_what_is_advice(pages: Pages, address: str) -> None:
    page = pages.read(address, client=pages.officer)
    headings = [one.text for one in page.all("h3")]
    assert headings[0] == BLACK.name
    assert HOSTILE.replace(",", "").strip() in page.text
    text = page.text
    assert text.index("从严审查") < text.index("参考：信用分")
    assert "因第 2 家" in text
    assert "未能确定主体" in text
    assert "重大税收违法失信主体名单" in text


def test_the_receipt_is_downloaded_and_verified_on_the_page(pages: Pages, address: str) -> None:
    paper, signed = (pages.officer.get(f"{address}/receipt.{form}") for form in ("pdf", "jws"))
    assert paper.content.startswith(b"%PDF-1.7")
    assert (signed.headers["content-type"], paper.headers["content-type"]) == ("application/jose", "application/pdf")
    by_file = pages.public.post("/receipts/verify", files={"file": ("r.jws", signed.content)}, headers={"Accept": "text/html"})
    by_text = pages.public.post("/receipts/verify", data={"text": signed.text}, headers={"Accept": "text/html"})
    for answer in (by_file, by_text):
        assert answer.status_code == 200
        assert "真实：由本服务签名" in read(answer.text).text
        assert "无变化" in read(answer.text).text


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "receipt.malformed"),
        ("a.b.c", "signature.malformed"),
        ("eyJhbGciOiJub25lIn0.e30.", "signature.algorithm"),
        ("https://example.org/receipts/verify?c=1&n=1&h=" + "A" * 43, "receipt.unknown_page"),
        (HOSTILE, "signature.malformed"),
    ],
)
def test_what_is_not_to_be_trusted_has_a_sentence_of_its_own(pages: Pages, given: str, code: str) -> None:
    answer = pages.public.post("/receipts/verify", data={"text": given}, headers={"Accept": "text/html"})
    page = read(answer.text)
    assert answer.status_code == 422
    assert page.one("code").text == code
    assert "不可信赖" in page.text
    assert page.one("textarea").text.strip() == given.strip()


def test_the_code_on_paper_leads_to_its_page(pages: Pages, address: str) -> None:
    number = int(address.rsplit("/", 1)[1])
    told = pages.public.get(f"/v1/checks/{number}", headers={"Authorization": f"Bearer {pages.keys[Role.PROCUREMENT]}"}).json()
    import base64

    short = base64.urlsafe_b64encode(bytes.fromhex(told["digests"][0])).rstrip(b"=").decode()
    page = pages.read("/receipts/verify", c=str(number), n="1", h=short)
    assert "真实：本页内容与本服务保存的回执一致" in page.text
    pages.read("/receipts/verify", c=str(number), n="2", h=short, status=422)
    pages.read("/receipts/verify", c="x", n="2", h="'\"><script>", status=422)


def test_what_was_typed_stays_when_something_is_not_understood(pages: Pages) -> None:
    for changed, said in (
        ({"list": ""}, "名单是空的"),
        ({"list": "x\n" * 5_001}, "超过 5,000 家"),
        ({"cut_off": "2999-01-01T09:00"}, "尚未到来"),
        ({"cut_off": "soon"}, "时间无法识别"),
        ({"purpose": "gossip"}, "填写有误"),
        ({"result-tax_serious": "listed", "channel-tax_serious": "x", "at-tax_serious": "2026-05-20T09:30"}, "填写有误"),
    ):
        answer = sent(pages, matter="样采 77", **changed)
        page = read(answer.text)
        assert answer.status_code == 422, changed
        assert said in page.text
        (matter,) = [one for one in page.all("input") if one.attributes.get("name") == "matter"]
        assert matter.attributes["value"] == "样采 77"


def test_a_list_comes_as_a_file_and_another_authoritys_answer_with_its_screenshot(pages: Pages) -> None:
    fields = {"list": "", "once": "file", "result-tax_serious": "listed", "channel-tax_serious": "信用中国", "numbers-tax_serious": "1"}
    files = {
        "file": ("名单.csv", f"{CLEAN.code}\n".encode("gb18030"), "text/csv"),
        "evidence-tax_serious": ("截图.png", b"\x89PNG", "image/png"),
    }
    answer = sent(pages, **fields, **{"at-tax_serious": "2026-05-20T09:30"}, files=files)
    assert answer.status_code == 303, answer.text
    page = pages.read(answer.headers["location"], client=pages.officer)
    assert "依法应当拒绝" in page.text
    assert "人工查询" in page.text


def test_a_form_sent_twice_is_one_check_and_a_form_of_another_site_is_none(pages: Pages) -> None:
    first, again = (sent(pages, once="twice").headers["location"] for _ in range(2))
    assert first == again
    foreign = pages.officer.post("/checks/new", data={"list": CLEAN.code}, headers={"Origin": "https://example.org"})
    assert foreign.status_code == 403


def test_the_list_shows_own_checks_and_news_of_who_is_watched(pages: Pages, address: str) -> None:
    begun = pages.officer.post(f"{address}/watch", data={"until": str(legal_day())})
    assert begun.headers["location"] == "/checks#watches"
    page = pages.read("/checks", client=pages.officer)
    assert address in [link.attributes["href"] for link in page.all("a")]
    assert "没有变化" in page.text
    assert pages.officer.post(f"{address}/watch", data={"until": "x"}).status_code == 422


def test_these_pages_are_for_who_may_check(pages: Pages, address: str) -> None:
    for path in ("/checks", "/checks/new", address, f"{address}/receipt.pdf"):
        assert pages.public.get(path).headers["location"].startswith("/sign-in?back_to=")
        assert pages.platform.get(path, headers={"Accept": "text/html"}).status_code == 403
    assert pages.officer.get("/checks/999999").status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_of_checks_are_sound_markup(pages: Pages, address: str, language: str) -> None:
    for path in ("/checks", "/checks/new", address, "/receipts/verify"):
        answer = pages.officer.get(f"{path}?lang={language}", headers={"Accept": "text/html"})
        page = read(answer.text)
        assert [len(page.all(tag)) for tag in ("h1", "main", "title")] == [1, 1, 1]
        _labelled(page)
        assert not re.search(r"<script|style=|javascript:", answer.text)
        pages.officer.cookies.delete("qcredit_lang")  # other tests share this browser
        if language == "en":
            assert (
                not [one.text for one in page.all("label", "button", "h2", "thead", "legend", "summary") if re.search(r"[一-鿿]", one.text)]
                or path == "/checks/new"
            )


def _labelled(page: Element) -> None:
    labels = {one.attributes.get("for") for one in page.all("label")}
    for one in page.all("input", "select", "textarea"):
        if one.attributes.get("type") != "hidden":
            assert one.attributes["id"] in labels, one.attributes


def test_a_bidder_list_may_be_a_workbook() -> None:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content)
    sheet = book.add_worksheet()
    for number, line in enumerate((["统一社会信用代码", "企业名称", "联合体"], [TWIN.code, "甲，公司"], ["", "乙公司", "一"])):
        sheet.write_row(number, 0, line)
    book.close()
    assert read_bidders(decode(content.getvalue())) == [{"code": TWIN.code, "name": "甲 公司"}, {"name": "乙公司", "consortium": "一"}]
