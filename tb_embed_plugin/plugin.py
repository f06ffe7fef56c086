"""What TensorBoard loads. Imports next to nothing: an exception here would kill TensorBoard for everybody."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tensorboard.plugins import base_plugin

from tb_embed_plugin.metadata import PLUGIN_NAME, TAB_NAME

if TYPE_CHECKING:
    from tb_embed_plugin.series_index import SeriesIndex


class TrainingEvolutionPlugin(base_plugin.TBPlugin):  # type: ignore[misc]
    """The tab "Training Evolution": plays the layouts found below the log directory."""

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext) -> None:
        """Keeps the context, any field of which may be None; the routes do the rest."""
        self._context = context
        self._index: SeriesIndex | None = None

    def get_plugin_apps(self) -> dict[str, Callable[..., Any]]:
        """Returns the routes of http_api.md. TensorBoard logs and survives what this raises."""
        from tb_embed_plugin.routes import Routes
        from tb_embed_plugin.series_index import SeriesIndex, log_dirs

        self._index = SeriesIndex(log_dirs(self._context.logdir, self._context.flags))
        self._index.refresh_in_background()
        return Routes(self._index, self._context.logdir or "", self._context.data_provider).apps()

    def is_active(self) -> bool:
        """Whether there is any series. Asked at every page load, one plugin after the other: never takes long."""
        return self._index is not None and self._index.has_series()

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        return base_plugin.FrontendMetadata(es_module_path="/static/index.js", tab_name=TAB_NAME)
