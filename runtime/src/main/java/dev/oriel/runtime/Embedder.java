package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Makes vectors of texts, as the model's files say, or as told: each `with` gives another embedder of the same model. Encoders and decoders alike; the model needs no head.
///
/// Of a list, several texts go through in one pass; each gets the bits it would get alone. A text that is longer than the model reads is cut at its end, as
/// sentence-transformers do, and its [Embedding#dropped] says by how much.
public final class Embedder {
    private final Model model;
    private final Framing framing;
    private final TextStage stage;
    private final EmbeddingRule rule;

    Embedder(Model model, Framing framing, TextStage stage, EmbeddingRule rule) {
        this.model = model;
        this.framing = framing;
        this.stage = stage;
        this.rule = rule;
    }

    /// What is done, as the files say it or as it was told.
    public EmbeddingRule rule() { return rule; }

    /// Numbers of a vector.
    public int dimensions() { return rule.dimensions() == 0 ? whole() : rule.dimensions(); }

    private int whole() { return stage.head().stages().isEmpty() ? model.hyper().width() : stage.head().width(); }

    public Embedder withPooling(Pooling pooling) { return new Embedder(model, framing, stage, rule.withPooling(pooling)); }

    /// Whether vectors get the length 1.
    public Embedder normalised(boolean normalised) { return new Embedder(model, framing, stage, rule.normalised(normalised)); }

    /// Reads at most so many tokens of a text.
    ///
    /// @throws ModelException if the model has no place for so many
    public Embedder withMaxTokens(int most) {
        if (most < 1 || most > model.context()) throw new ModelException("tokens of a text: expected 1.." + model.context() + ", found " + most);
        return new Embedder(model, framing, stage, rule.withMaxTokens(most));
    }

    /// Keeps the first so many numbers of a vector, for models that were trained for that (arXiv:2205.13147).
    public Embedder withDimensions(int dimensions) {
        if (dimensions < 1 || dimensions > whole()) throw new ModelException("dimensions: expected 1.." + whole() + ", found " + dimensions);
        return new Embedder(model, framing, stage, rule.withDimensions(dimensions));
    }

    /// Puts the prompt of this name in front of every text: `query`, `document`, or whatever [EmbeddingRule#prompts] has.
    public Embedder withPrompt(String name) {
        String prompt = rule.prompts().get(name);
        if (prompt == null) throw new ModelException("prompt: expected " + (rule.prompts().isEmpty() ? "none, for this model names none" : "one of " + rule.prompts().keySet()) + ", found " + name);
        return withPrefix(prompt);
    }

    /// Puts this in front of every text.
    public Embedder withPrefix(String prefix) { return new Embedder(model, framing, stage, rule.withPrompt(prefix)); }

    /// @param probes as of a run; [Site#POOLED] too
    /// @throws ModelException if the text has no tokens, or a probe names a site this model does not have
    public Embedding embed(String text, Probe... probes) { return embed(List.of(text), probes).getFirst(); }

    /// In their order; none of none.
    ///
    /// @param probes that look at each of them
    public List<Embedding> embed(List<String> texts, Probe... probes) { return embedFramed(texts.stream().map(this::framed).toList(), probes); }

    /// Of tokens as they are: nothing is added and nothing cut.
    public Embedding embed(int[] ids, Probe... probes) { return embedFramed(List.of(new Framing.Framed(ids.clone(), new int[ids.length], 0)), probes).getFirst(); }

    private List<Embedding> embedFramed(List<Framing.Framed> texts, Probe[] given) {
        if (rule.pooling() == Pooling.NONE) throw new ModelException("pooling none gives a vector for every token: ask for embedTokens");
        int from = from();
        List<Probe> probes = List.of(given);
        require(texts, probes);
        List<Input> inputs = texts.stream().map(text -> Input.of(text.ids()).withHidden(rule.pooling().needs())).toList();
        return new TextPasses(model).read(inputs, TextStage.others(probes), (i, run) -> {
            Framing.Framed text = texts.get(i);
            float[] pooled = rule.pooling().of(run.logits(), model.hyper().width(), Math.min(from, text.ids().length - 1));
            float[] vector = finish(stage.run(pooled, inputs.get(i), run.trace(), probes));
            return new Embedding(vector, text.ids().length, text.dropped(), run.trace());
        });
    }

    /// A vector for every token, those that the tokenizer adds included: `[token, dimension]`.
    public float[][] embedTokens(String text) {
        Framing.Framed framed = framed(text);
        require(List.of(framed), List.of());
        Input input = Input.of(framed.ids()).withHidden(Input.Logits.HIDDEN);
        int width = model.hyper().width();
        return new TextPasses(model).read(List.of(input), List.of(), (_, run) -> IntStream.range(0, framed.ids().length)
                .mapToObj(i -> finish(stage.run(Arrays.copyOfRange(run.logits(), i * width, (i + 1) * width), input, run.trace(), List.of()))).toArray(float[][]::new)).getFirst();
    }

    private Framing.Framed framed(String text) {
        String whole = rule.prompt() + text;
        return framing.one(rule.lowercase() ? whole.toLowerCase(Locale.ROOT) : whole, rule.maxTokens());
    }

    /// The first token that is pooled.
    private int from() { return rule.promptCounts() || rule.prompt().isEmpty() ? 0 : framing.beginning(rule.prompt()); }

    private void require(List<Framing.Framed> texts, List<Probe> probes) {
        stage.require(probes);
        for (int i = 0; i < texts.size(); i++) TextPasses.require(texts.get(i), i, probes);
    }

    private float[] finish(float[] whole) {
        float[] vector = rule.dimensions() == 0 ? whole : Arrays.copyOf(whole, rule.dimensions());
        double length = rule.normalised() ? Embedding.length(vector) : 0;
        if (length > 0) for (int i = 0; i < vector.length; i++) vector[i] = (float) (vector[i] / length);
        return vector;
    }
}
