package dev.oriel.runtime;

import java.nio.file.Path;
import java.util.Objects;

/// A low-rank adapter that is added to a model's weights while it is loaded (LoRA, arXiv:2106.09685).
///
/// @param path  a GGUF file, a PEFT folder (`adapter_config.json` and `adapter_model.safetensors`), or the latter file
/// @param scale what its effect is multiplied by; 1 is what it was trained for
public record Lora(Path path, float scale) {
    public Lora {
        Objects.requireNonNull(path);
        if (!Float.isFinite(scale)) throw new IllegalArgumentException("scale of " + path + ": expected a number, found " + scale);
    }
}
