"""The bench and the cloud of sending serve files too."""

from tests.chat.sending.conftest import bench, cloud

__all__ = ["bench", "cloud"]
