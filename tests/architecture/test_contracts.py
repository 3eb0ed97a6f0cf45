"""The import contracts hold, and each of them would catch a violation planted in a copy.

The graph of all imports is read once; a violation is one more import in a copy of it.
"""

import ast
from copy import deepcopy
from pathlib import Path

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

ROOT = Path(__file__).parents[2]
CONFIGURATION = read_configuration(str(ROOT / "pyproject.toml"))
SESSION = CONFIGURATION["session_options"]
CONTRACTS = {options["name"]: options for options in CONFIGURATION["contracts_options"]}
KINDS = {"layers": LayersContract, "forbidden": ForbiddenContract, "protected": ProtectedContract}

# One violation a contract: a file (one that is there, or a new one) and what is added to it.
PLANTED: dict[str, tuple[str, str]] = {
    "Floors": ("indii/identity/profiles/rules.py", "import indii.catalog.recordings.enums\n"),
    "Feature": ("indii/catalog/recordings/rules.py", "import indii.catalog.recordings.commands\n"),
    "Store: kinds of lines": (
        "indii/store/orders/rules.py",
        "import indii.store.offers.rules\n",
    ),
    "What sells lines of any kind": (
        "indii/trust/refunds/rules.py",
        "import indii.business.licensing.enums\n",
    ),
    "Only bootstrap composes line kinds": ("indii/kernel/text.py", "import indii.line_kinds\n"),
    "Nothing below state imports Reflex": ("indii/kernel/text.py", "import reflex\n"),
    "Rules are pure": ("indii/catalog/recordings/rules.py", "import sqlalchemy\n"),
    "UI holds no SQL": ("indii/ui/tokens.py", "import sqlalchemy\n"),
    "Only adapters speak to vendors": ("indii/kernel/text.py", "import httpx\n"),
    "Only bootstrap chooses adapters": (
        "indii/kernel/text.py",
        "import indii.adapters.mail.smtp\n",
    ),
    "Pages are leaves": (
        "indii/discovery/browse/state.py",
        "import indii.discovery.browse.pages\n",
    ),
    "Workers call the app": ("indii/kernel/text.py", "import workers.schedule\n"),
    "Only entry points bootstrap": ("indii/kernel/text.py", "import indii.bootstrap\n"),
    "No network inside a transaction": (
        "indii/catalog/recordings/commands.py",
        "import indii.ports.storage\n",
    ),
    "Adapters know only ports and kernel": (
        "indii/adapters/mail/smtp.py",
        "import indii.identity.accounts.rules\n",
    ),
    "No flow below a flow": (
        "indii/catalog/recordings/commands.py",
        "import indii.identity.accounts.flows\n",
    ),
    "The house never imports the sandbox": ("indii/kernel/text.py", "import sandbox\n"),
    "The sandbox imports nothing of the house": (
        "sandbox/__init__.py",
        "import indii.kernel.text\n",
    ),
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Every import of the tree as it stands."""
    return grimp.build_graph(
        *SESSION["root_packages"], include_external_packages=True, cache_dir=None
    )


def keeps(name: str, graph: grimp.ImportGraph) -> bool:
    """Whether a contract is kept; like the linter, on a copy that it may change."""
    options = CONTRACTS[name]
    contract = KINDS[options["type"]](name=name, session_options=SESSION, contract_options=options)
    return contract.check(deepcopy(graph), verbose=False).kept


def planted(graph: grimp.ImportGraph, relative: str, line: str) -> grimp.ImportGraph:
    """The graph as if the file said this too."""
    spoilt = deepcopy(graph)
    importer = ".".join(Path(relative).with_suffix("").parts).removesuffix(".__init__")
    spoilt.add_module(importer)
    (statement,) = ast.parse(line).body
    assert isinstance(statement, ast.Import)
    for alias in statement.names:
        top = alias.name.partition(".")[0]
        is_ours = top in SESSION["root_packages"]
        imported = alias.name if is_ours else top
        if imported not in spoilt.modules:
            assert not is_ours, f"there is no {imported}"
            spoilt.add_module(imported, is_squashed=True)
        spoilt.add_import(
            importer=importer, imported=imported, line_number=1, line_contents=line.strip()
        )
    return spoilt


def test_every_contract_has_a_planted_violation() -> None:
    unplanted = [c for c in CONTRACTS if not any(c.startswith(p) for p in PLANTED)]
    assert unplanted == []


def test_the_tree_keeps_every_contract(graph: grimp.ImportGraph) -> None:
    assert [name for name in CONTRACTS if not keeps(name, graph)] == []


@pytest.mark.parametrize("contract", sorted(PLANTED))
def test_a_planted_violation_is_caught(contract: str, graph: grimp.ImportGraph) -> None:
    (name,) = (name for name in CONTRACTS if name.startswith(contract))
    assert keeps(name, graph)
    assert not keeps(name, planted(graph, *PLANTED[contract]))


def test_an_unknown_file_name_in_a_feature_is_caught(graph: grimp.ImportGraph) -> None:
    spoilt = planted(
        graph, "indii/catalog/recordings/helpers.py", "import indii.catalog.recordings.models\n"
    )
    assert not all(keeps(name, spoilt) for name in CONTRACTS)
