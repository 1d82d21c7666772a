package dev.oriel.loaders;

import dev.oriel.ops.Tensor;
import java.util.Map;

/// What one GGUF file holds; a model may be split over several.
record GgufFile(String file, Map<String, Object> metadata, Map<String, Tensor> tensors) {}
