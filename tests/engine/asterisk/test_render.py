"""The configuration says what the settings say, and nothing can break out of its line."""

from __future__ import annotations

import re

import pytest

from engine.asterisk.layout import DEBIAN
from engine.asterisk.lists import EVENTS, WEB_MODULES
from engine.asterisk.render import CannotRender, Secrets, attached, render
from okno.settings import Settings
from tests.pbx.bench import bench_settings

SECRETS = Secrets("secret-e", "secret-a", "secret-w", {"1051": "secret-p"})


def rendered(settings: Settings) -> dict[str, str]:
    """Every file for the first PBX."""
    return render(settings, settings.pbxes[0], DEBIAN, SECRETS)


def changed(settings: Settings, **top: object) -> Settings:
    """The settings with other values at the top level."""
    return Settings.model_validate(settings.model_dump() | top)


def section(text: str, name: str) -> str:
    """The body of the first section so named."""
    return re.split(r"^\[", text.split(f"[{name}]", 1)[1], maxsplit=1, flags=re.M)[0]


def test_same_settings_same_files() -> None:
    settings = bench_settings()
    assert rendered(settings) == rendered(settings)


def test_three_logins_with_least_rights() -> None:
    text = rendered(bench_settings())["okno-manager.conf"]
    rights = {
        name: re.findall(r"^(?:read|write) =(.*)$", section(text, name), flags=re.M)
        for name in ("okno-events", "okno-actions", "okno-watch")
    }
    assert rights == {
        "okno-events": [" system,call,agent,user", " reporting"],
        "okno-actions": ["", " call,agent,originate"],
        "okno-watch": ["", " agent,reporting"],
    }
    included = re.findall(r"eventfilter\(action\(include\),name\((\w+)\)\)", text)
    assert tuple(included) == EVENTS


def test_where_members_log_in_the_files_have_none_and_the_codes_bring_them() -> None:
    values = bench_settings().model_dump()
    values["pbxes"][0]["members"] = "logged_in"
    values["skills"] = {"english": {"en": "English"}}
    values["queues"][0]["skills"] = {"english": 3}
    values["operators"][0] |= {"queues": ["registry", "second"], "penalty": 1, "skills": {"english": 4}}
    values["operators"].append(values["operators"][0] | {"name": "boss", "extension": "1099", "queues": []})
    files = rendered(Settings.model_validate(values))
    assert "member =>" not in files["okno-queues.conf"] and "persistentmembers = yes" in files["queues.conf"]
    dialplan = files["okno-extensions.conf"]
    log_in = section(dialplan, "okno-log-in")
    assert "exten => 1001,1,AddQueueMember(registry,${OKNO_PHONE},2,,operator-1001,${OKNO_PHONE})\n" in log_in
    assert " same => n,AddQueueMember(second,${OKNO_PHONE},1,,operator-1001,${OKNO_PHONE})\n same => n,Return()" in log_in
    assert "exten => 1002,1,AddQueueMember(registry,${OKNO_PHONE},20,," in log_in
    # Who stands in no queue logs in to none.
    assert "1099" not in log_in and "exten => _X.,1,Return()" in log_in
    assert section(dialplan, "okno-log-off").count("RemoveQueueMember(") == len(values["queues"])
    phones = section(dialplan, "okno-phones")
    assert "Gosub(okno-log-in,${FILTER(0-9,${CHANNEL(endpoint)})},1)" in phones
    assert "PauseQueueMember(,${OKNO_PHONE},,human:logout)" not in phones
    always = rendered(bench_settings())["okno-extensions.conf"]
    assert "okno-log-in" not in always and "PauseQueueMember(,${OKNO_PHONE},,human:logout)" in always


def test_queues_have_what_app_queue_needs_to_run_alone() -> None:
    settings = bench_settings()
    files = rendered(settings)
    assert "autofill = yes" in files["queues.conf"] and "shared_lastcall = yes" in files["queues.conf"]
    second = section(files["okno-queues.conf"], "second")
    for line in ("strategy = linear", "timeout = 3", "ringinuse = no", "wrapuptime = 3", "timeoutrestart = yes"):
        assert line in second
    members = re.findall(r"^member => (.*)$", second, flags=re.M)
    assert members == [f"PJSIP/{ext},0,operator-{ext},PJSIP/{ext}" for ext in ("1011", "1012")]


def test_paused_operators_are_still_there_for_who_wants_to_join() -> None:
    empty = re.search(r"joinempty = (.*)", rendered(bench_settings())["okno-queues.conf"])
    assert empty is not None and "paused" not in empty[1]


def test_a_line_out_of_hours_is_tagged_twice_and_sent_away() -> None:
    text = rendered(bench_settings())["okno-extensions.conf"]
    closed = section(text, "okno-line-73430000009")
    assert "UserEvent(OknoCall,Dialled: +73430000009,Source: 73430000009)" in closed
    assert "UserEvent(OknoClosed,Dialled: +73430000009,Source: 73430000009)" in closed
    assert "okno-open" not in closed


def test_user_events_never_carry_what_the_caller_sent() -> None:
    text = rendered(bench_settings())["okno-extensions.conf"]
    events = [line for line in text.splitlines() if "UserEvent(" in line and not line.startswith(";")]
    assert len(events) >= 11
    for line in events:
        assert set(re.findall(r"\$\{[^}]*\}", line)) <= {"${OKNO_DIALLED}", "${OKNO_STATUS}"}
    assert "OKNO_DIALLED=${FILTER(0-9,${EXTEN})}" in text and "OKNO_STATUS=${FILTER(A-Z,${QUEUESTATUS})}" in text


def test_a_phone_registers_with_a_password_or_is_called_and_heard_at_one_address() -> None:
    files = rendered(bench_settings())
    pjsip = files["okno-pjsip.conf"]
    assert "password = secret-p" in pjsip and "contact = sip:1001@127.0.0.1" in pjsip
    assert "permit = 127.0.0.1/255.255.255.255" in section(files["acl.conf"], "okno-1001")
    assert "okno-1051" not in files["acl.conf"]


def test_a_phone_at_a_named_host_without_a_password_is_refused() -> None:
    settings = bench_settings()
    operators = [o.model_dump() for o in settings.operators]
    operators[0]["contact"] = "sip:1001@phones.example:5060"
    with pytest.raises(CannotRender, match="operator-1001"):
        rendered(changed(settings, operators=operators))


def test_titles_cannot_break_out_of_their_line() -> None:
    settings = bench_settings()
    operators = [o.model_dump() for o in settings.operators]
    operators[0]["title"] = {"ru": 'Эльф "; exec\r\n[general]\r\npassword=<x>'}
    text = rendered(changed(settings, operators=operators))["okno-pjsip.conf"]
    assert 'callerid = "Эльф \\; execgeneralpassword=x" <1001>' in text


def test_a_line_break_elsewhere_is_refused() -> None:
    with pytest.raises(CannotRender):
        settings = bench_settings()
        render(settings, settings.pbxes[0], DEBIAN, Secrets("a\nwrite = system", "b", "c", SECRETS.phones))


def test_secrets_do_not_show_themselves() -> None:
    assert "secret" not in repr(SECRETS).replace("Secrets", "")


def test_only_this_pbxs_phones_are_rendered() -> None:
    settings = bench_settings()
    main = settings.pbxes[0].model_dump()
    other = main | {"name": "other", "ami": main["ami"] | {"port": main["ami"]["port"] + 1}}
    operators = [o.model_dump() for o in settings.operators]
    operators[0]["pbx"] = "other"
    both = changed(settings, pbxes=[main, other], operators=operators)
    here, there = (render(both, pbx, DEBIAN, SECRETS)["okno-pjsip.conf"] for pbx in both.pbxes)
    assert "[1001]" not in here and "[1002]" in here
    assert "[1001]" in there and "[1002]" not in there


def test_an_attached_pbx_gets_only_files_of_ours() -> None:
    assert sorted(attached(rendered(bench_settings()))) == [
        "okno-extensions.conf", "okno-manager.conf", "okno-pjsip.conf", "okno-queues.conf",
    ]  # fmt: skip


def test_the_clinics_prompts_are_played_and_silence_is_possible() -> None:
    settings = bench_settings()
    pbx = settings.pbxes[0].model_dump() | {"prompts": {"consent": "okno/consent", "closed": None, "nobody": None}}
    text = rendered(changed(settings, pbxes=[pbx]))["okno-extensions.conf"]
    assert "Playback(okno/consent)" in text
    assert "Playback" not in section(text, "okno-closed")


def test_outside_numbers_reach_the_trunk_as_digits() -> None:
    text = rendered(bench_settings())["okno-extensions.conf"]
    phones = section(text, "okno-phones")
    assert "exten => _8NXXXXXXXXX,1,Goto(okno-outside,7${EXTEN:1},1)" in phones
    assert all("FILTER" in line for line in phones.splitlines() if re.search(r"^exten => _\S*!", line))


def test_a_phone_takes_a_colleagues_ringing_call_and_parked_patients() -> None:
    files = rendered(bench_settings())
    phones = section(files["okno-extensions.conf"], "okno-phones")
    assert "exten => *81001,1,PickupChan(PJSIP/1001)" in phones
    assert "include => okno-parked" in phones
    assert "context = okno-parked" in files["res_parking.conf"]
    # An include of a context that is not there is a warning at every reload.
    assert "[okno-parked]" in files["okno-extensions.conf"]


def test_a_held_patient_hears_music() -> None:
    text = rendered(bench_settings())["musiconhold.conf"]
    assert re.findall(r"^directory = (.*)$", section(text, "default"), flags=re.M) == re.findall(
        r"^directory = (.*)$", section(text, "okno"), flags=re.M
    )


def with_pages(*extensions: str) -> Settings:
    """The bench with phones in the pages of these operators."""
    settings = bench_settings()
    plain = settings.model_dump()
    plain["pbxes"][0]["websocket_port"] = 18088
    for operator in plain["operators"]:
        operator["web_phone"] = operator["extension"] in extensions
    return Settings.model_validate(plain)


def test_without_a_socket_for_pages_nothing_of_it_is_rendered() -> None:
    settings = bench_settings()
    plain = settings.model_dump()
    for operator in plain["operators"]:
        operator["web_phone"] = True
    files, without = rendered(Settings.model_validate(plain)), rendered(settings)
    assert files == without
    text = "\n".join(files.values())
    assert "websocket" not in text and "webrtc" not in text and "web-" not in text and "bindport" not in text


def test_a_phone_in_the_page_is_an_endpoint_of_its_own_behind_loopback() -> None:
    settings = with_pages("1001")
    secrets = Secrets("secret-e", "secret-a", "secret-w", {"1051": "secret-p", "web-1001": "secret-b"})
    files = render(settings, settings.pbxes[0], DEBIAN, secrets)
    assert "bindaddr = 127.0.0.1" in files["http.conf"] and "bindport = 18088" in files["http.conf"]
    assert "icesupport = yes" in files["rtp.conf"] and "protocol = ws" in files["pjsip.conf"]
    assert all(f"load = {module}" in files["modules.conf"] for module in WEB_MODULES)
    text = files["okno-pjsip.conf"]
    endpoint, auth, aor = (part.split("[")[0] for part in text.split("[web-1001]")[1:])
    assert "aors = web-1001" in endpoint and '"Оператор 1001" <1001>' in endpoint
    assert "password = secret-b" in auth and "username = web-1001" in auth
    assert "max_contacts = 1" in aor and "remove_existing = yes" in aor
    assert "webrtc = yes" in section(text, "okno-web-phone") and "web-1002" not in text
    dialplan = files["okno-extensions.conf"]
    assert "exten => 1001,1,Dial(PJSIP/1001&PJSIP/web-1001,45,t" in dialplan
    assert "exten => 1002,1,Dial(PJSIP/1002,45,t" in dialplan
    assert "PickupChan(PJSIP/1001&PJSIP/web-1001)" in dialplan


def test_a_phone_in_the_page_without_a_password_is_not_rendered() -> None:
    with pytest.raises(CannotRender, match="operator-1001"):
        rendered(with_pages("1001"))


@pytest.mark.parametrize("section_of", ["operators", "lines"])
def test_no_title_is_so_long_that_asterisk_would_read_its_end_as_a_line(section_of: str) -> None:
    settings = bench_settings()
    long = {"ru": "x" * 8190 + "exten = 1,1,System(id)"}
    whole = settings.model_dump(mode="json")
    whole[section_of][0]["title" if section_of == "operators" else "source"] = long
    with pytest.raises(CannotRender, match="longer than 1000 letters"):
        rendered(Settings.model_validate(whole))


def with_flow(**queue: object) -> Settings:
    """The bench with a flow before its first and its closed line, and what is told of its first queue."""
    plain = bench_settings().model_dump(mode="json")
    plain["flows"] = {"main": {"start": "a", "steps": {"a": {"kind": "leave", "to": "done"}}}}
    plain["lines"][0]["flow"] = plain["lines"][-1]["flow"] = "main"
    plain["queues"][0] |= queue
    return Settings.model_validate(plain)


def test_without_flows_and_offers_nothing_asks_the_engine() -> None:
    files = "\n".join(rendered(bench_settings()).values())
    assert "AGI(" not in files and "okno-flow" not in files and "okno-served" not in files and "okno-key" not in files


def test_a_line_with_a_flow_asks_twice_and_then_goes_on_as_without() -> None:
    plain, text = (rendered(one)["okno-extensions.conf"] for one in (bench_settings(), with_flow()))
    flow = section(text, "okno-flow-main")
    asks = [line for line in flow.splitlines() if "AGI(agi://127.0.0.1:4573/flow/main,bench,${OKNO_LINE},${OKNO_STEP})" in line]
    assert len(asks) == 1 and "Goto(again)" in flow and "Wait(2)" in flow and "AGIEXITONHANGUP=yes" in flow
    for key in ("73430000001", "73430000009"):
        before, line, people = section(plain, f"okno-line-{key}"), section(text, f"okno-line-{key}"), section(
            text, f"okno-people-{key}")  # fmt: skip
        assert line.count("Goto(okno-flow-main,s,1)") == 1 and "OknoCall" in line
        assert before.splitlines()[3:] == people.splitlines()[2:]
    assert section(plain, "okno-line-73430000002") == section(text, "okno-line-73430000002")


def test_what_ends_a_silent_engine_never_ends_a_talk() -> None:
    """Every way out of a flow takes TIMEOUT(absolute) back before it leads anywhere."""
    text = rendered(with_flow(callbacks={"offer": True}))["okno-extensions.conf"]
    for name in ("okno-flow-main", "okno-key-registry"):
        lines = section(text, name).splitlines()
        asked = next(number for number, line in enumerate(lines) if "AGI(agi:" in line)
        assert "Set(TIMEOUT(absolute)=8)" in lines[asked - 1] and "Set(TIMEOUT(absolute)=0)" in lines[asked + 1]
        assert "exten => T,1," in section(text, name)


def test_a_queue_that_offers_a_call_says_so_and_keeps_the_place() -> None:
    files = rendered(with_flow(callbacks={"offer": True}))
    queue = section(files["okno-queues.conf"], "registry")
    assert "context = okno-key-registry" in queue and "periodic-announce = okno/ru/callback_offer" in queue
    assert "context =" not in section(files["okno-queues.conf"], "second")
    key = section(files["okno-extensions.conf"], "okno-key-registry")
    assert "AGI(agi://127.0.0.1:4573/promise/registry,bench,${OKNO_LINE})" in key
    assert "Queue(registry,t,,,7,,,,${OKNO_PLACE})" in key


def test_where_the_engines_word_leads() -> None:
    text = section(rendered(with_flow())["okno-extensions.conf"], "okno-next")
    assert [line for line in text.splitlines() if "queue:registry" in line] == [
        'exten => s,1,GotoIf($["${OKNO_NEXT}" = "queue:registry"]?okno-open-registry,s,'
        '${IF($["${OKNO_HEARD}" = "1"]?people:1)})'
    ]
    assert "?okno-pass,${FILTER(0-9,${OKNO_NEXT:9})},1)" in text and "?okno-people-${OKNO_LINE},s,1)" in text
