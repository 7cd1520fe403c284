"""What hatch does before it packs a wheel or an sdist: it builds the web console, and puts it into the package."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Hook(BuildHookInterface):
    """Found by hatch, whatever its name."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Ends the build when there is no console to pack: the reason is printed by the script."""
        if version == "editable":
            return
        root = Path(self.root)
        command = [sys.executable, str(root / "scripts" / "console.py")]
        done = subprocess.run(command, check=False)  # noqa: S603 - our own script
        if done.returncode != 0:
            sys.exit("error: the wheel would lack the web console\nnext: do what is said above, then build again")
        if self.target_name == "wheel":
            build_data["force_include"][str(root / "console" / "dist")] = "agent_runner/console/dist"
