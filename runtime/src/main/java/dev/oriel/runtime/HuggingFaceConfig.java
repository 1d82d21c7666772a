package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Metadata;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Writes the `config.json` of a GGUF model, in the keys of its family. Rope is given as `rope_theta` and `rope_scaling`.
final class HuggingFaceConfig {
    private final Arch arch;
    private final Checkpoint checkpoint;
    private final Metadata gguf;
    private final Hyper hyper;
    private final Map<String, Object> out = new LinkedHashMap<>();

    private HuggingFaceConfig(Arch arch, Checkpoint checkpoint, Hyper hyper) {
        this.arch = arch;
        this.checkpoint = checkpoint;
        this.gguf = checkpoint.metadata();
        this.hyper = hyper;
    }

    static Map<String, Object> of(Arch arch, Checkpoint checkpoint, Hyper hyper) {
        HuggingFaceConfig config = new HuggingFaceConfig(arch, checkpoint, hyper);
        config.head();
        if (arch.has(Arch.Trait.LEARNED_POSITIONS)) config.gpt2();
        else if (arch.has(Arch.Trait.PARALLEL_UNLESS_SAID)) config.neox();
        else config.llama();
        return config.out;
    }

    private void head() {
        out.put("architectures", List.of(arch.className));
        out.put("model_type", arch.modelType);
        out.put("torch_dtype", switch (checkpoint.tensors().get("token_embd.weight").format()) {
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            default -> "float32";
        });
        out.put("vocab_size", hyper.vocabulary());
        out.put("tie_word_embeddings", !checkpoint.tensors().containsKey("output.weight"));
        token("bos_token_id", "bos_token_id");
        token("eos_token_id", "eos_token_id");
        token("pad_token_id", "padding_token_id");
    }

    private void token(String theirs, String ours) { gguf.integer("tokenizer.ggml." + ours).ifPresent(id -> out.put(theirs, id)); }

    private void llama() {
        var a = hyper.attention();
        out.put("hidden_size", hyper.width());
        out.put("intermediate_size", hyper.feedForward());
        out.put("num_hidden_layers", hyper.layers().size());
        out.put("num_attention_heads", a.heads());
        out.put("num_key_value_heads", a.kvHeads());
        out.put("head_dim", a.keyDim());
        out.put("max_position_embeddings", hyper.contextLength());
        out.put("rms_norm_eps", hyper.epsilon());
        out.put(arch.windowPattern() > 0 ? "hidden_activation" : "hidden_act", activation());
        out.put("attention_bias", has("attn_q.bias"));
        out.put("mlp_bias", has("ffn_up.bias"));
        out.put("sliding_window", a.window() > 0 ? a.window() : null);
        out.put("use_sliding_window", a.window() > 0);
        out.put("rope_theta", number("rope.freq_base", 10_000));
        out.put("rope_scaling", scaling());
        if (arch.windowPattern() > 0) gemma();
        hyper.routing().ifPresent(routing -> {
            out.put("num_local_experts", hyper.experts());
            out.put("num_experts_per_tok", routing.used());
        });
    }

    private void gemma() {
        if (arch.has(Arch.Trait.LOCAL_ROPE)) {
            out.put("rope_local_base_freq", number("rope.freq_base_swa", 10_000));
            out.put("sliding_window_pattern", gguf.integer(arch.ggufName + ".attention.sliding_window_pattern").orElse((long) arch.windowPattern()));
        }
        float scale = hyper.attention().scale();
        out.put("query_pre_attn_scalar", Math.round(1 / (scale * scale)));
        out.put("attn_logit_softcapping", hyper.attention().softCap() == 0 ? null : hyper.attention().softCap());
        out.put("final_logit_softcapping", hyper.logitSoftCap() == 0 ? null : hyper.logitSoftCap());
        out.put("layer_types", hyper.layers().stream().map(layer -> layer.attention().window() > 0 ? "sliding_attention" : "full_attention").toList());
    }

    private void gpt2() {
        out.put("n_embd", hyper.width());
        out.put("n_inner", hyper.feedForward());
        out.put("n_layer", hyper.layers().size());
        out.put("n_head", hyper.attention().heads());
        out.put("n_positions", hyper.contextLength());
        out.put("n_ctx", hyper.contextLength());
        out.put("layer_norm_epsilon", hyper.epsilon());
        out.put("activation_function", activation());
    }

    private void neox() {
        out.put("hidden_size", hyper.width());
        out.put("intermediate_size", hyper.feedForward());
        out.put("num_hidden_layers", hyper.layers().size());
        out.put("num_attention_heads", hyper.attention().heads());
        out.put("max_position_embeddings", hyper.contextLength());
        out.put("layer_norm_eps", hyper.epsilon());
        out.put("hidden_act", activation());
        out.put("attention_bias", has("attn_qkv.bias"));
        out.put("use_parallel_residual", hyper.parallel());
        out.put("rotary_pct", (double) Weights.ropeDims(hyper) / hyper.attention().keyDim());
        out.put("rotary_emb_base", number("rope.freq_base", 10_000));
        out.put("rope_scaling", scaling());
    }

    private String activation() {
        return switch (hyper.nonlinearity()) {
            case SILU -> "silu";
            case GELU -> "gelu";
            case GELU_TANH -> "gelu_pytorch_tanh";
            case RELU -> "relu";
        };
    }

    /// Rope's scaling rule, or null for none. GGUF keeps of Llama 3's rule only what it makes of each frequency.
    private Map<String, Object> scaling() {
        Tensor factors = checkpoint.tensors().get("rope_freqs.weight");
        if (factors != null) return Llama3Rule.behind(factors.values(), number("rope.freq_base", 10_000), hyper.contextLength())
                .orElseThrow(() -> new ModelException(checkpoint.path(), "rope_freqs.weight", "factors of Llama 3's rule, which is all that config.json can say", "others")).values();
        String type = gguf.text(arch.ggufName + ".rope.scaling.type").orElse("none");
        if (!type.equals("linear")) return null;
        Map<String, Object> scaling = new LinkedHashMap<>();
        scaling.put("rope_type", type);
        scaling.put("factor", number("rope.scaling.factor", 1));
        return scaling;
    }

    private boolean has(String name) { return IntStream.range(0, hyper.layers().size()).anyMatch(i -> checkpoint.tensors().containsKey("blk." + i + "." + name)); }

    /// As a float, so that JSON shows the digits that were meant.
    private float number(String name, float otherwise) { return gguf.number(arch.ggufName + "." + name).map(Double::floatValue).orElse(otherwise); }
}
