"""The command line as a whole: the options before a command, and the commands."""

from typing import Annotated

import typer

from gateway.cli.alerts_command import alerts
from gateway.cli.api_command import api
from gateway.cli.ask_command import ask
from gateway.cli.audit_command import audit
from gateway.cli.categories_command import categories
from gateway.cli.chat_command import chat
from gateway.cli.classify_command import classify
from gateway.cli.command import JsonFlag, make_command
from gateway.cli.doctor_command import doctor
from gateway.cli.erase_command import erase
from gateway.cli.estimate_command import estimate
from gateway.cli.explain_command import explain
from gateway.cli.export_command import export
from gateway.cli.import_command import import_file
from gateway.cli.invitations_command import invitations
from gateway.cli.login_command import login, logout
from gateway.cli.messages_command import messages
from gateway.cli.outcomes import MEANINGS
from gateway.cli.recording_commands import record, replay
from gateway.cli.relabel_command import relabel
from gateway.cli.review_command import review
from gateway.cli.saved_command import saved
from gateway.cli.search_command import search
from gateway.cli.stats_command import stats
from gateway.cli.subscribe_command import subscribe
from gateway.cli.tail_command import tail
from gateway.cli.telegram_command import telegram_command
from gateway.cli.tickets_command import tickets
from gateway.cli.tokens_command import tokens
from gateway.cli.training_commands import PASS_ON, evaluate, train
from gateway.cli.users_command import users
from gateway.cli.version_command import version
from gateway.cli.watching_commands import changes, incidents, spikes
from gateway.cli.workspace_command import workspace

EXIT_CODES = "Exit codes: " + ", ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."

app = typer.Typer(
    help="Earshot: what customers write, labelled, kept, and answered about with true numbers.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def earshot(
    context: typer.Context,
    url: Annotated[str | None, typer.Option(help="Address of Earshot; else EARSHOT_URL, else of your login.")] = None,
    token: Annotated[str | None, typer.Option(help="Token; else EARSHOT_TOKEN, else of your login.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Read the options that every command shares.

    Without `earshot login` the administrator of a local `make run` is used, from credentials.json in EARSHOT_HOME.
    """
    if not context.resilient_parsing:
        context.obj = make_command(url=url, token=token, as_json=as_json)


app.command()(login)
app.command()(logout)
app.command("import")(import_file)
app.command()(export)
app.command()(erase)
app.command()(ask)
app.command()(chat)
app.command()(record)
app.command(context_settings=PASS_ON)(replay)
app.command()(classify)
app.command()(explain)
app.command()(stats)
app.command()(estimate)
app.command()(spikes)
app.command()(changes)
app.command()(incidents)
app.command()(tail)
app.command("telegram")(telegram_command)
app.command()(search)
app.add_typer(messages, name="messages")
app.add_typer(review, name="review")
app.add_typer(saved, name="saved")
alerts.command("subscribe")(subscribe)
app.add_typer(alerts, name="alerts")
app.add_typer(categories, name="categories")
app.add_typer(relabel, name="relabel")
app.add_typer(tickets, name="tickets")
app.add_typer(users, name="users")
app.add_typer(tokens, name="tokens")
app.add_typer(invitations, name="invitations")
app.command()(audit)
app.add_typer(workspace, name="workspace")
app.command(context_settings=PASS_ON)(train)
app.command(context_settings=PASS_ON)(evaluate)
app.command()(api)
app.command()(doctor)
app.command()(version)
