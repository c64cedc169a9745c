"""One YAML file, checked whole before anything starts; every mistake is named by file, line and key."""

from okno.settings.load import SettingsError, load_settings
from okno.settings.model import (
    Ami,
    Clinic,
    Demo,
    Hours,
    Line,
    OperatorSettings,
    Paths,
    PbxSettings,
    QueueSettings,
    ServiceSettings,
    Settings,
    Trunk,
    WebSettings,
)

__all__ = [
    "Ami", "Clinic", "Demo", "Hours", "Line", "OperatorSettings", "Paths", "PbxSettings", "QueueSettings",
    "ServiceSettings", "Settings", "SettingsError", "Trunk", "WebSettings", "load_settings",
]
