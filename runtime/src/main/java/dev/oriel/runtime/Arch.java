package dev.oriel.runtime;

import static dev.oriel.ops.Nonlinearity.GELU;
import static dev.oriel.ops.Nonlinearity.GELU_TANH;
import static dev.oriel.ops.Nonlinearity.RELU_SQUARED;
import static dev.oriel.ops.Nonlinearity.SILU;
import static dev.oriel.ops.Norm.Kind.LAYER;
import static dev.oriel.ops.Norm.Kind.RMS;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Nonlinearity;
import dev.oriel.ops.Norm;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// The table of architectures: what a family's files do not say themselves. Sizes come from metadata, features from the tensors that are present.
///
/// Rows that share a name differ in what their files hold: a row with a mark is meant where the tensor or key that it names is there.
enum Arch {
    LLAMA("llama", "llama", "LlamaForCausalLM", TensorNames.LLAMA, ConfigNames.LLAMA, RMS, SILU, Trait.GGUF_PAIRS_ROPE),
    MIXTRAL("llama", "mixtral", "MixtralForCausalLM", TensorNames.MIXTRAL, ConfigNames.MIXTRAL, RMS, SILU,
            Trait.MARKED_BY_EXPERTS, Trait.GGUF_PAIRS_ROPE, Trait.EXPERTS_NORMALISED),
    MISTRAL("llama", "mistral", "MistralForCausalLM", TensorNames.LLAMA, ConfigNames.MISTRAL, RMS, SILU, Trait.MARKED_BY_WINDOW, Trait.GGUF_PAIRS_ROPE),
    SMOLLM3("smollm3", "smollm3", "SmolLM3ForCausalLM", TensorNames.LLAMA, ConfigNames.SMOLLM3, RMS, SILU, Trait.GGUF_PAIRS_ROPE, Trait.EVERY_FOURTH_WITHOUT_ROPE),
    GRANITE("granite", "granite", "GraniteForCausalLM", TensorNames.LLAMA, ConfigNames.GRANITE, RMS, SILU, Trait.GGUF_PAIRS_ROPE, Trait.LOGITS_DIVIDED),
    SEED_OSS("seed_oss", "seed_oss", "SeedOssForCausalLM", TensorNames.SEED_OSS, ConfigNames.LLAMA, RMS, SILU),
    QWEN2("qwen2", "qwen2", "Qwen2ForCausalLM", TensorNames.LLAMA, ConfigNames.QWEN, RMS, SILU, Trait.WINDOWS_ABOVE),
    QWEN2_MOE("qwen2moe", "qwen2_moe", "Qwen2MoeForCausalLM", TensorNames.QWEN_MOE, ConfigNames.QWEN2_MOE, RMS, SILU, Trait.WINDOWS_ABOVE),
    QWEN3("qwen3", "qwen3", "Qwen3ForCausalLM", TensorNames.LLAMA, ConfigNames.QWEN, RMS, SILU, Trait.WINDOWS_ABOVE),
    QWEN3_MOE("qwen3moe", "qwen3_moe", "Qwen3MoeForCausalLM", TensorNames.QWEN_MOE, ConfigNames.QWEN3_MOE, RMS, SILU, Trait.EXPERTS_NORMALISED),
    OLMO2("olmo2", "olmo2", "Olmo2ForCausalLM", TensorNames.OLMO2, ConfigNames.LLAMA, RMS, SILU),
    OLMO3("olmo2", "olmo3", "Olmo3ForCausalLM", TensorNames.OLMO2, ConfigNames.OLMO3, RMS, SILU, Trait.MARKED_BY_WINDOW, Trait.EVERY_FOURTH_SEES_ALL, Trait.WINDOWS_UNSCALED),
    EXAONE4("exaone4", "exaone4", "Exaone4ForCausalLM", TensorNames.OLMO2, ConfigNames.QWEN, RMS, SILU, Trait.EVERY_FOURTH_SEES_ALL, Trait.ROPE_IN_WINDOWS),
    ARCEE("arcee", "arcee", "ArceeForCausalLM", TensorNames.UNGATED, ConfigNames.LLAMA, RMS, RELU_SQUARED, Trait.GGUF_PAIRS_ROPE),
    NEMOTRON("nemotron", "nemotron", "NemotronForCausalLM", TensorNames.UNGATED, ConfigNames.NEMOTRON, LAYER, RELU_SQUARED, Trait.HF_NORM_PLUS_ONE),
    ERNIE("ernie4_5", "ernie4_5", "Ernie4_5ForCausalLM", TensorNames.LLAMA, ConfigNames.ERNIE, RMS, SILU, Trait.PAIRS_ROPE),
    GLM4("glm4", "glm4", "Glm4ForCausalLM", TensorNames.GLM4, ConfigNames.GLM4, RMS, SILU, Trait.PAIRS_ROPE),
    GLM4_MOE("glm4moe", "glm4_moe", "Glm4MoeForCausalLM", TensorNames.GLM4_MOE, ConfigNames.GLM4_MOE, RMS, SILU, Trait.EXPERTS_APART, Trait.EXPERTS_NORMALISED),
    DOTS1("dots1", "dots1", "Dots1ForCausalLM", TensorNames.DOTS1, ConfigNames.DOTS1, RMS, SILU, Trait.EXPERTS_APART),
    OLMOE("olmoe", "olmoe", "OlmoeForCausalLM", TensorNames.QWEN_MOE, ConfigNames.OLMOE, RMS, SILU),
    GEMMA("gemma", "gemma", "GemmaForCausalLM", TensorNames.LLAMA, ConfigNames.LLAMA, RMS, GELU_TANH, Trait.SCALED_EMBEDDING, Trait.HF_NORM_PLUS_ONE),
    GEMMA2("gemma2", "gemma2", "Gemma2ForCausalLM", TensorNames.GEMMA, ConfigNames.GEMMA2, RMS, GELU_TANH,
            Trait.SCALED_EMBEDDING, Trait.HF_NORM_PLUS_ONE, Trait.EVERY_SECOND_SEES_ALL),
    GEMMA3("gemma3", "gemma3_text", "Gemma3ForCausalLM", TensorNames.GEMMA, ConfigNames.GEMMA3, RMS, GELU_TANH,
            Trait.SCALED_EMBEDDING, Trait.HF_NORM_PLUS_ONE, Trait.EVERY_SIXTH_SEES_ALL, Trait.LOCAL_ROPE),
    GEMMA3_ENCODER("gemma-embedding", "gemma3_text", "Gemma3TextModel", TensorNames.GEMMA, ConfigNames.GEMMA3_ENCODER, RMS, GELU_TANH,
            Trait.MARKED_BY_BOTH_SIDES, Trait.ENCODER, Trait.SCALED_EMBEDDING, Trait.HF_NORM_PLUS_ONE, Trait.EVERY_SIXTH_SEES_ALL, Trait.LOCAL_ROPE),
    PHI2("phi2", "phi", "PhiForCausalLM", TensorNames.PHI2, ConfigNames.PHI2, LAYER, GELU_TANH, Trait.PARALLEL_UNLESS_SAID),
    PHI3("phi3", "phi3", "Phi3ForCausalLM", TensorNames.PHI3, ConfigNames.PHI3, RMS, SILU),
    COHERE("command-r", "cohere", "CohereForCausalLM", TensorNames.LLAMA, ConfigNames.COHERE, LAYER, SILU, Trait.PARALLEL_UNLESS_SAID, Trait.PAIRS_ROPE),
    COHERE2("cohere2", "cohere2", "Cohere2ForCausalLM", TensorNames.LLAMA, ConfigNames.COHERE2, LAYER, SILU,
            Trait.PARALLEL_UNLESS_SAID, Trait.PAIRS_ROPE, Trait.EVERY_FOURTH_SEES_ALL, Trait.ROPE_IN_WINDOWS),
    STABLELM("stablelm", "stablelm", "StableLmForCausalLM", TensorNames.STABLELM, ConfigNames.STABLELM, LAYER, SILU),
    STARCODER2("starcoder2", "starcoder2", "Starcoder2ForCausalLM", TensorNames.STARCODER2, ConfigNames.STARCODER2, LAYER, GELU_TANH),
    DEEPSEEK2("deepseek2", "deepseek_v2", "DeepseekV2ForCausalLM", TensorNames.DEEPSEEK2, ConfigNames.DEEPSEEK2, RMS, SILU, Trait.PAIRS_ROPE, Trait.YARN_SHARPENS),
    DEEPSEEK3("deepseek2", "deepseek_v3", "DeepseekV3ForCausalLM", TensorNames.DEEPSEEK2, ConfigNames.DEEPSEEK3, RMS, SILU,
            Trait.MARKED_BY_CORRECTIONS, Trait.PAIRS_ROPE, Trait.YARN_SHARPENS, Trait.EXPERTS_APART),
    GPT_OSS("gpt-oss", "gpt_oss", "GptOssForCausalLM", TensorNames.GPT_OSS, ConfigNames.GPT_OSS, RMS, SILU,
            Trait.EVERY_SECOND_SEES_ALL, Trait.EXPERTS_NORMALISED, Trait.CLAMPED_EXPERTS, Trait.EXACT_YARN),
    GPT2("gpt2", "gpt2", "GPT2LMHeadModel", TensorNames.GPT2, ConfigNames.GPT2, LAYER, GELU_TANH, Trait.LEARNED_POSITIONS),
    GPT_NEOX("gptneox", "gpt_neox", "GPTNeoXForCausalLM", TensorNames.GPT_NEOX, ConfigNames.GPT_NEOX, LAYER, GELU, Trait.PARALLEL_UNLESS_SAID),
    FALCON("falcon", "falcon", "FalconForCausalLM", TensorNames.FALCON, ConfigNames.FALCON, LAYER, GELU, Trait.PARALLEL_UNLESS_SAID, Trait.CONTEXT_OF_2048),
    FALCON_TWO_NORMS("falcon", "falcon", "FalconForCausalLM", TensorNames.FALCON_TWO_NORMS, ConfigNames.FALCON, LAYER, GELU,
            Trait.MARKED_BY_SECOND_NORM, Trait.PARALLEL_UNLESS_SAID, Trait.CONTEXT_OF_2048),
    BLOOM("bloom", "bloom", "BloomForCausalLM", TensorNames.BLOOM, ConfigNames.BLOOM, LAYER, GELU_TANH, Trait.ALIBI, Trait.CONTEXT_OF_2048),
    BERT("bert", "bert", "BertForMaskedLM", TensorNames.BERT, ConfigNames.BERT, LAYER, GELU, Trait.ENCODER, Trait.LEARNED_POSITIONS),
    ROBERTA("bert", "roberta", "RobertaForMaskedLM", TensorNames.ROBERTA, ConfigNames.BERT, LAYER, GELU, Trait.ENCODER, Trait.LEARNED_POSITIONS, Trait.POSITIONS_AFTER_PADDING),
    XLM_ROBERTA("bert", "xlm-roberta", "XLMRobertaForMaskedLM", TensorNames.ROBERTA, ConfigNames.BERT, LAYER, GELU,
            Trait.ENCODER, Trait.LEARNED_POSITIONS, Trait.POSITIONS_AFTER_PADDING),
    MODERNBERT("modern-bert", "modernbert", "ModernBertForMaskedLM", TensorNames.MODERNBERT, ConfigNames.MODERNBERT, LAYER, GELU,
            Trait.ENCODER, Trait.FIRST_OF_THREE_SEES_ALL, Trait.LOCAL_ROPE);

    /// What sets a family apart and stands in no metadata.
    enum Trait {
        /// The row that is meant where the first layer has experts, or one window, or two norms before attention and MLP, or where experts are chosen
        /// with corrections, or where tokens see those after them too.
        MARKED_BY_BOTH_SIDES, MARKED_BY_EXPERTS, MARKED_BY_WINDOW, MARKED_BY_SECOND_NORM, MARKED_BY_CORRECTIONS,
        /// GGUF stores query and key rows for rope on neighbouring pairs; they are brought back to halves at load.
        GGUF_PAIRS_ROPE,
        /// Both kinds of file do.
        PAIRS_ROPE,
        /// Token embeddings are multiplied by sqrt(width).
        SCALED_EMBEDDING,
        /// Hugging Face stores norm weights without the 1 that is added to them.
        HF_NORM_PLUS_ONE,
        /// All layers but every second, fourth or sixth look back one window only (unless the file gives another pattern).
        EVERY_SECOND_SEES_ALL, EVERY_FOURTH_SEES_ALL, EVERY_SIXTH_SEES_ALL,
        /// Where some layers look back one window only, the others have no rope.
        ROPE_IN_WINDOWS,
        /// Old files of Hugging Face give the layer from which on all look back one window only.
        WINDOWS_ABOVE,
        /// Every third layer, from the first on, sees everything; the others see a window to both sides.
        FIRST_OF_THREE_SEES_ALL,
        /// Tokens see those after them too.
        ENCODER,
        /// The position after that of the padding token is the first.
        POSITIONS_AFTER_PADDING,
        /// Every fourth layer has no rope (unless the file gives another pattern).
        EVERY_FOURTH_WITHOUT_ROPE,
        /// Layers that look back one window only have a rope base of their own, and no scaling.
        LOCAL_ROPE,
        /// The scaling of rope is for layers that see everything only.
        WINDOWS_UNSCALED,
        /// YaRN's interpolation begins and ends between frequencies.
        EXACT_YARN,
        /// Positions are a learned embedding; there is no rope.
        LEARNED_POSITIONS,
        /// Trained on 2048 positions, which not all files say.
        CONTEXT_OF_2048,
        /// Positions are told by what scores lose with distance (ALiBi, arXiv:2108.12409); there is no rope.
        ALIBI,
        /// Attention and MLP run side by side where the file does not say otherwise.
        PARALLEL_UNLESS_SAID,
        /// The weights of a token's experts add up to 1 where the file does not say otherwise.
        EXPERTS_NORMALISED,
        /// A router's probabilities are sigmoids, each for itself, instead of a softmax over all.
        EXPERTS_APART,
        /// Scores grow where YaRN stretches, unless the file says they do not.
        YARN_SHARPENS,
        /// Experts clamp what they gate, and add 1 to the other half.
        CLAMPED_EXPERTS,
        /// What files call the scale of logits divides them.
        LOGITS_DIVIDED
    }

    final String ggufName;
    final String modelType;
    /// As `config.json` names it.
    final String className;
    final TensorNames names;
    final ConfigNames config;
    final Norm.Kind norm;
    final Nonlinearity nonlinearity;
    private final Trait[] traits;

    Arch(String ggufName, String modelType, String className, TensorNames names, ConfigNames config, Norm.Kind norm, Nonlinearity nonlinearity, Trait... traits) {
        this.ggufName = ggufName;
        this.modelType = modelType;
        this.className = className;
        this.names = names;
        this.config = config;
        this.norm = norm;
        this.nonlinearity = nonlinearity;
        this.traits = traits;
    }

    boolean has(Trait trait) { return Arrays.asList(traits).contains(trait); }

    /// Of how many layers the last (or first) sees everything where the others look back one window only; 0 where all layers are alike.
    int windowPattern() { return has(Trait.EVERY_SECOND_SEES_ALL) ? 2 : has(Trait.EVERY_FOURTH_SEES_ALL) ? 4 : has(Trait.EVERY_SIXTH_SEES_ALL) ? 6 : has(Trait.FIRST_OF_THREE_SEES_ALL) ? 3 : 0; }

    /// Rows of Hugging Face's position embeddings that stand before the first position.
    int rowsBeforePositions(Metadata config) { return has(Trait.POSITIONS_AFTER_PADDING) ? config.count("pad_token_id", 0, 1 << 20, 1) + 1 : 0; }

    /// GGUF has no key for what queries are scaled by: of Gemma 2 and 3, the model with this many layers goes by width over heads, all others by the size of a head.
    int widthScaledLayers() { return this == GEMMA2 ? 46 : this == GEMMA3 ? 62 : 0; }

    /// Whether Hugging Face stores canonical tensor `name` without the 1 that is added to it.
    boolean addsOne(String name) { return has(Trait.HF_NORM_PLUS_ONE) && name.endsWith("norm.weight"); }

    /// The row for a checkpoint, by `general.architecture` or `model_type`.
    static Arch of(Checkpoint checkpoint) {
        boolean gguf = checkpoint.kind() == Checkpoint.Kind.GGUF;
        String found = checkpoint.metadata().requireText(gguf ? "general.architecture" : "model_type");
        String known = Arrays.stream(values()).map(a -> gguf ? a.ggufName : a.modelType).distinct().collect(Collectors.joining(", "));
        return find(checkpoint).orElseThrow(() -> new ModelException(checkpoint.metadata().file(), "architecture", "one of " + known, found));
    }

    /// As [#of], empty where no row fits.
    static Optional<Arch> find(Checkpoint checkpoint) {
        boolean gguf = checkpoint.kind() == Checkpoint.Kind.GGUF;
        Object found = checkpoint.metadata().values().get(gguf ? "general.architecture" : "model_type");
        Optional<Arch> usual = Optional.empty();
        for (Arch arch : values()) {
            if (!(gguf ? arch.ggufName : arch.modelType).equals(found)) continue;
            Optional<Boolean> marked = arch.marked(checkpoint);
            if (marked.orElse(false)) return Optional.of(arch);
            if (marked.isEmpty() && usual.isEmpty() || !gguf && arch.alone()) usual = Optional.of(arch);
        }
        return usual;
    }

    /// Whether no other row goes by the same name in Hugging Face's files.
    private boolean alone() { return Arrays.stream(values()).filter(a -> a.modelType.equals(modelType)).count() == 1; }

    /// Whether the checkpoint has what the row is marked by; empty for a row without a mark.
    private Optional<Boolean> marked(Checkpoint checkpoint) {
        Stored stored = new Stored(this, checkpoint);
        if (has(Trait.MARKED_BY_EXPERTS)) return Optional.of(stored.has("blk.0.ffn_gate_inp.weight"));
        if (has(Trait.MARKED_BY_SECOND_NORM)) return Optional.of(stored.has("blk.0.attn_norm_2.weight"));
        if (has(Trait.MARKED_BY_BOTH_SIDES)) return Optional.of(checkpoint.kind() == Checkpoint.Kind.GGUF || checkpoint.metadata().flag("use_bidirectional_attention").orElse(false));
        if (has(Trait.MARKED_BY_CORRECTIONS)) return Optional.of(stored.hasCorrections());
        if (has(Trait.MARKED_BY_WINDOW)) return Optional.of(checkpoint.metadata().count(ggufName + ".attention.sliding_window", 0, Integer.MAX_VALUE, 0) > 0);
        return Optional.empty();
    }
}
