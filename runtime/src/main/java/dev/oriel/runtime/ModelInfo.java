package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.ops.Tensor;
import java.util.Map;
import java.util.TreeMap;

/// What is in a model file, and what really runs.
///
/// @param file         what was loaded
/// @param kind         `GGUF` or `HUGGING_FACE`
/// @param architecture as files call it
/// @param name         as the file calls itself, or the file's name
/// @param parameters   how many numbers
/// @param bytes        of all stored tensors
/// @param packedBytes  of the same weights as they are computed with
/// @param formats      tensors per stored format
/// @param layers       blocks
/// @param width        of the residual stream
/// @param heads        query heads
/// @param kvHeads      key-value heads
/// @param headDim      numbers of one key
/// @param feedForward  of the MLP
/// @param vocabulary   tokens
/// @param context      positions a session may hold
/// @param trainedContext positions the model was made for
/// @param backend      which implementation computes, with vector width and threads
public record ModelInfo(String file, String kind, String architecture, String name, long parameters, long bytes, long packedBytes, Map<String, Integer> formats, int layers, int width,
        int heads, int kvHeads, int headDim, int feedForward, int vocabulary, int context, int trainedContext, String backend) {

    static ModelInfo of(Checkpoint checkpoint, Hyper hyper, long packedBytes, String backend, int context) {
        Map<String, Integer> formats = new TreeMap<>();
        long parameters = 0;
        long bytes = 0;
        for (Tensor t : checkpoint.tensors().values()) {
            formats.merge(t.format().name(), 1, Integer::sum);
            parameters += t.elements();
            bytes += t.data().byteSize();
        }
        String fileName = String.valueOf(checkpoint.path().getFileName());
        var a = hyper.attention();
        return new ModelInfo(checkpoint.path().toString(), checkpoint.kind().name(), hyper.architecture(), checkpoint.metadata().has("general.name")
                ? String.valueOf(checkpoint.metadata().values().get("general.name")) : fileName, parameters, bytes, packedBytes, formats, hyper.layers().size(), hyper.width(),
                a.heads(), a.kvHeads(), a.keyDim(), hyper.feedForward(), hyper.vocabulary(), context, hyper.contextLength(), backend);
    }
}
