"""The `okno` command: a table of words; what a word does is imported only when it is typed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from okno import __version__
from okno.errors import OknoError

Arguments = Callable[[argparse.ArgumentParser], None]

ROLES = ("operator", "supervisor", "administrator", "auditor")
SERVICES = ("engine", "chat", "mis", "web", "pbx")


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the table: the words typed, what they mean, what runs, which arguments it takes."""

    words: str
    meaning: str
    runs: str
    arguments: Arguments = lambda parser: None


def _up(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="a demo clinic with synthetic patients who call")


def _serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("service", choices=SERVICES, help="which service")
    parser.add_argument("--pbx", metavar="NAME", help="for pbx: which one, when the settings have several")
    parser.add_argument("--standby", action="store_true", help="for engine: the second one, at engine.standby")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for programs")


def _user(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="the account's name")


def _user_add(parser: argparse.ArgumentParser) -> None:
    _user(parser)
    parser.add_argument("--role", choices=ROLES, required=True, help="what the account may do")
    parser.add_argument("--operator", metavar="NAME", help="which operator of the settings this is")
    parser.add_argument("--title", metavar="TEXT", help="the name colleagues see (default: the operator's, or NAME)")
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")


def _user_reset(parser: argparse.ArgumentParser) -> None:
    _user(parser)
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")


def _token(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", choices=ROLES, required=True, help="what the token's holder may do")
    parser.add_argument("--name", default="token", help="what the token is for; shown in the audit trail")
    parser.add_argument("--operator", metavar="NAME", help="which operator of the settings it acts as")
    parser.add_argument("--days", type=int, metavar="N", default=365, help="how long it works (default: 365)")


def _pbx(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pbx", metavar="NAME", help="which PBX of the settings (not needed when there is one)")
    parser.add_argument("--to", type=Path, metavar="DIR", help="directory to write the files to")


def _recording(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, metavar="FILE", nargs="+", help="recordings, sealed or raw, in their order")
    parser.add_argument("--pbx", metavar="NAME", help="whose they are (default: as they say, else the first PBX)")
    parser.add_argument("--facts", action="store_true", help="print facts, not the calls they make")
    parser.add_argument("--full", action="store_true", help="show numbers too; for raw bytes only")
    _json(parser)


def _journal(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="since", metavar="TIME", help="calls that began since (default: a day before)")
    parser.add_argument("--to", metavar="TIME", help="and before that (default: now); the clinic's time unless it says")
    parser.add_argument("--pbx", metavar="NAME", help="which PBX (default: all whose files are here)")
    _json(parser)


def _ivr_try(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("flow", help="which flow of the settings")
    parser.add_argument("--keys", metavar="K,K", help="what is pressed each time, nothing = silence (default: typed)")
    parser.add_argument("--phone", metavar="NUMBER", default="", help="who calls (default: a hidden number)")
    parser.add_argument("--line", metavar="NUMBER", help="the number dialled (default: the first one with this flow)")
    parser.add_argument("--at", metavar="TIME", help="when (default: now); the clinic's time unless it says")
    parser.add_argument("--patient", action="store_true", help="the number is a patient's")
    parser.add_argument("--visit", action="store_true", help="he has a visit ahead")
    parser.add_argument("--blocked", action="store_true", help="the number is in the blacklist")
    parser.add_argument("--promised", action="store_true", help="somebody promised to call the number")
    parser.add_argument("--waiting", type=int, metavar="N", default=2, help="so many wait in the queue (default: 2)")
    parser.add_argument("--wait", type=float, metavar="S", default=120.0, help="a caller waits so long (default: 120)")
    parser.add_argument("--nobody", action="store_true", help="nobody works in the queue")
    parser.add_argument("--no-http", action="store_true", help="the addresses of engine.http do not answer")


TABLE = (
    Command("up", "start everything on this machine and keep it running; Ctrl-C ends it", "okno.command.up:run", _up),
    Command("serve", "run one service in the foreground", "okno.command.serve:run", _serve),
    Command("status", "show services, leader, PBX links and lag", "okno.command.status:run", _json),
    Command("check", "check settings, keys, database, Redis, PBX rights and clocks", "okno.command.check:run", _json),
    Command("user add", "make an account", "web.commands:user_add", _user_add),
    Command("user disable", "close an account and end its sessions", "web.commands:user_disable", _user),
    Command("user reset", "give an account a new password, end its sessions", "web.commands:user_reset", _user_reset),
    Command("token create", "make an API token; it is shown once", "web.commands:token_create", _token),
    Command("pbx render", "write Asterisk's configuration from the settings", "okno.command.pbx:render", _pbx),
    Command("pbx install", "install and reload Asterisk's configuration", "okno.command.pbx:install", _pbx),
    Command("ami replay", "print the calls of a recorded AMI stream", "engine.recording.commands:replay", _recording),
    Command("journal check", "hold a PBX's journal against Okno's calls", "engine.shipping.checking:check", _journal),
    Command("mis check", "try the connection to the MIS: what it can and cannot do", "mis.checking:run", _json),
    Command("ivr check", "look through the flows callers go through", "engine.asking.ivr.commands:check", _json),
    Command("ivr try", "walk a flow at the terminal, without a phone", "engine.asking.ivr.commands:walk", _ivr_try),
    Command("keys init", "make the state directory, the keyring and the secrets", "okno.command.check:init_keys"),
    Command("audit verify", "check that no audit row was changed or removed", "okno.command.check:verify_audit"),
)

GROUPS = {
    "user": "accounts of the staff",
    "token": "API tokens",
    "pbx": "Asterisk's configuration",
    "ami": "what Asterisk said",
    "journal": "what Asterisk wrote down",
    "mis": "the clinic's medical information system",
    "ivr": "the flows callers go through",
    "keys": "keys and secrets",
    "audit": "the audit trail",
}


class Parser(argparse.ArgumentParser):
    """An argument parser that complains in one line."""

    def error(self, message: str) -> None:  # type: ignore[override]  # argparse says NoReturn; exit never returns
        """Print one line that says what is wrong and where help is; exit 2."""
        self.exit(2, f"{self.prog}: {message} (see `{self.prog} --help`)\n")


def parser() -> Parser:
    """Return the parser of the whole table."""
    top = Parser(prog="okno", description="Okno: a contact-centre engine beside Asterisk.", allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"okno {__version__}")
    words = top.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    groups: dict[str, argparse._SubParsersAction[Parser]] = {}
    for command in TABLE:
        first, _, second = command.words.partition(" ")
        if second and first not in groups:
            group = words.add_parser(first, help=GROUPS[first], description=GROUPS[first], allow_abbrev=False)
            groups[first] = group.add_subparsers(
                title="commands", metavar="COMMAND", required=True, parser_class=Parser
            )
        place = groups[first] if second else words
        leaf = place.add_parser(second or first, help=command.meaning, description=command.meaning, allow_abbrev=False)
        leaf.add_argument("--config", type=Path, metavar="FILE", help="the settings (default: OKNO_CONFIG)")
        leaf.add_argument("--state", type=Path, metavar="DIR", help="private files (default: OKNO_STATE)")
        command.arguments(leaf)
        leaf.set_defaults(runs=command.runs)
    return top


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code. Nothing a user types ends in a traceback."""
    args = parser().parse_args(words)
    module, _, function = str(args.runs).partition(":")
    try:
        return int(getattr(import_module(module), function)(args))
    except OknoError as error:
        for line in str(error).splitlines():
            print(f"okno: {line}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader went away: nothing more to say
        return 1
    except OSError as error:  # a full disk, a folder that may not be written: his to mend, not ours
        words = error.strerror or type(error).__name__
        print(f"okno: {error.filename}: {words}" if error.filename else f"okno: {words}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
