package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Norm;
import java.util.Arrays;
import java.util.stream.Collectors;

/// The table of architectures: what a family's files do not say themselves. Sizes come from metadata, features from the tensors that are present.
enum Arch {
    LLAMA("llama", "llama", "LlamaForCausalLM", TensorNames.LLAMA, Norm.Kind.RMS, Nonlinearity.SILU, Trait.GGUF_PAIRS_ROPE),
    MIXTRAL("llama", "mixtral", "MixtralForCausalLM", TensorNames.MIXTRAL, Norm.Kind.RMS, Nonlinearity.SILU, Trait.GGUF_PAIRS_ROPE),
    QWEN3("qwen3", "qwen3", "Qwen3ForCausalLM", TensorNames.LLAMA, Norm.Kind.RMS, Nonlinearity.SILU),
    GEMMA2("gemma2", "gemma2", "Gemma2ForCausalLM", TensorNames.GEMMA, Norm.Kind.RMS, Nonlinearity.GELU_TANH,
            Trait.SCALED_EMBEDDING, Trait.HF_NORM_PLUS_ONE, Trait.EVERY_SECOND_SEES_ALL),
    GEMMA3("gemma3", "gemma3_text", "Gemma3ForCausalLM", TensorNames.GEMMA, Norm.Kind.RMS, Nonlinearity.GELU_TANH,
            Trait.SCALED_EMBEDDING, Trait.HF_NORM_PLUS_ONE, Trait.EVERY_SIXTH_SEES_ALL, Trait.LOCAL_ROPE),
    GPT2("gpt2", "gpt2", "GPT2LMHeadModel", TensorNames.GPT2, Norm.Kind.LAYER, Nonlinearity.GELU_TANH, Trait.LEARNED_POSITIONS),
    GPT_NEOX("gptneox", "gpt_neox", "GPTNeoXForCausalLM", TensorNames.GPT_NEOX, Norm.Kind.LAYER, Nonlinearity.GELU, Trait.PARALLEL_UNLESS_SAID);

    /// What sets a family apart and stands in no metadata.
    enum Trait {
        /// GGUF stores query and key rows for rope on neighbouring pairs; they are brought back to halves at load.
        GGUF_PAIRS_ROPE,
        /// Token embeddings are multiplied by sqrt(width).
        SCALED_EMBEDDING,
        /// Hugging Face stores norm weights without the 1 that is added to them.
        HF_NORM_PLUS_ONE,
        /// All layers but every second, or sixth, look back one window only (unless the file gives another pattern).
        EVERY_SECOND_SEES_ALL, EVERY_SIXTH_SEES_ALL,
        /// Layers that look back one window only have a rope base of their own, and no scaling.
        LOCAL_ROPE,
        /// Positions are a learned embedding; there is no rope.
        LEARNED_POSITIONS,
        /// Attention and MLP run side by side where the file does not say otherwise.
        PARALLEL_UNLESS_SAID
    }

    final String ggufName;
    final String modelType;
    /// As `config.json` names it.
    final String className;
    final TensorNames names;
    final Norm.Kind norm;
    final Nonlinearity nonlinearity;
    private final Trait[] traits;

    Arch(String ggufName, String modelType, String className, TensorNames names, Norm.Kind norm, Nonlinearity nonlinearity, Trait... traits) {
        this.ggufName = ggufName;
        this.modelType = modelType;
        this.className = className;
        this.names = names;
        this.norm = norm;
        this.nonlinearity = nonlinearity;
        this.traits = traits;
    }

    boolean has(Trait trait) { return Arrays.asList(traits).contains(trait); }

    /// Of how many layers the last sees everything where the others look back one window only; 0 where all layers are alike.
    int windowPattern() { return has(Trait.EVERY_SECOND_SEES_ALL) ? 2 : has(Trait.EVERY_SIXTH_SEES_ALL) ? 6 : 0; }

    /// GGUF has no key for what queries are scaled by: of Gemma 2 and 3, the model with this many layers goes by width over heads, all others by the size of a head.
    int widthScaledLayers() { return this == GEMMA2 ? 46 : this == GEMMA3 ? 62 : 0; }

    /// Whether Hugging Face stores canonical tensor `name` without the 1 that is added to it.
    boolean addsOne(String name) { return has(Trait.HF_NORM_PLUS_ONE) && name.endsWith("norm.weight"); }

    /// The row for a checkpoint, by `general.architecture` or `model_type`.
    static Arch of(Checkpoint checkpoint) {
        boolean gguf = checkpoint.kind() == Checkpoint.Kind.GGUF;
        String found = checkpoint.metadata().requireText(gguf ? "general.architecture" : "model_type");
        for (Arch arch : values()) if (found.equals(gguf ? arch.ggufName : arch.modelType)) return arch;
        String known = Arrays.stream(values()).map(a -> gguf ? a.ggufName : a.modelType).distinct().collect(Collectors.joining(", "));
        throw new ModelException(checkpoint.metadata().file(), "architecture", "one of " + known, found);
    }
}
