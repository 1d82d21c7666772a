package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Ops;
import dev.oriel.runtime.text.ChatTemplate;
import dev.oriel.runtime.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// A model, loaded and packed: `.gguf` (also split), `.safetensors`, or a Hugging Face folder.
///
/// Any number of threads may use it, each with sessions of its own. Where several feed or generate at once, their tokens share passes, which costs little more than
/// one of them alone; each gets the bits it would get alone. Closing it frees the weights; what other threads feed then ends with an error.
public final class Model implements AutoCloseable {
    private final Hyper hyper;
    private final Ops ops;
    private final ModelInfo info;
    private final Vocabulary vocabulary;
    private final int context;
    private final LoadOptions options;
    private final Engine engine;
    private final long fingerprint;
    private final Texts texts;

    private Model(Checkpoint whole, LoadOptions options, Ops ops) {
        Checkpoint checkpoint = TextPart.of(whole);
        this.options = options;
        this.ops = ops;
        Arch arch = Arch.of(checkpoint);
        hyper = new HyperReader(arch, checkpoint).read();
        try (Adapters adapters = new Adapters(options.loras(), arch, hyper, options.float32()); Weights weights = new Weights(arch, checkpoint, hyper, adapters, options.float32())) {
            fingerprint = Fingerprint.of(checkpoint) + 31 * adapters.fingerprint();
            context = options.context() == 0 ? hyper.reach() : options.context();
            engine = new Engine(hyper, Parameters.pack(hyper, weights, ops), ops);
            TextFiles files = TextFiles.of(arch, checkpoint, hyper);
            texts = new Texts(this, ops, files, TextFiles.sortsTexts(checkpoint) ? TextHead.pack(hyper, files.ofHead(hyper), weights, ops) : null);
            adapters.requireAllUsed();
        }
        vocabulary = Vocabulary.of(checkpoint);
        info = ModelInfo.of(checkpoint, hyper, engine.parameters().bytes(), ops.name(), context);
    }

    /// Loads a model with [LoadOptions#defaults].
    ///
    /// @throws ModelException if the file is missing, damaged or of a kind that is not supported
    public static Model load(Path path) { return load(path, LoadOptions.defaults()); }

    public static Model load(Path path, LoadOptions options) {
        try (Checkpoint checkpoint = Checkpoints.open(path)) {
            return of(checkpoint, options);
        }
    }

    /// Packs an open checkpoint, which the caller may close afterwards.
    public static Model of(Checkpoint checkpoint, LoadOptions options) { return of(checkpoint, options, Backends.open(options)); }

    /// Runs on `ops`, which the model owns from here on.
    static Model of(Checkpoint checkpoint, LoadOptions options, Ops ops) {
        try {
            return new Model(checkpoint, options, ops);
        } catch (RuntimeException | Error e) {
            ops.close();
            throw e;
        }
    }

    public Hyper hyper() { return hyper; }

    /// What is in the file and what really runs.
    public ModelInfo info() { return info; }

    /// Positions a session may hold.
    public int context() { return context; }

    /// @throws ModelException if the file holds no tokenizer, or one that is not supported
    public Tokenizer tokenizer() { return vocabulary.tokenizer(); }

    /// The model's own chat template, where it has one.
    public Optional<ChatTemplate> chatTemplate() { return vocabulary.chatTemplate(); }

    /// The template that some models have for conversations with tools, besides the usual one.
    public Optional<ChatTemplate> toolTemplate() { return vocabulary.toolTemplate(); }

    /// The sites this model has, in the order in which a pass comes by.
    public Set<Site> sites() { return Collections.unmodifiableSet(engine.sites().keySet()); }

    /// The layers that have a site: not all of them where blocks differ; none where the model lacks it. A site that stands in no layer counts as one of layer 0.
    public int[] layers(Site site) { return engine.sites().getOrDefault(site, new BitSet()).stream().toArray(); }

    /// A new, empty sequence.
    public Session session() { return new Session(this); }

    /// A session as [Session#save] left it.
    ///
    /// @throws ModelException if the file is damaged, is of another model, or keeps keys in another format than this model was loaded with
    public Session session(Path file) { return new Session(this, file); }

    /// One forward pass over all of `ids`, from an empty context.
    ///
    /// @throws ModelException if a probe names a site this model does not have
    public Run run(int[] ids, Probe... probes) { return run(Input.of(ids), probes); }

    public Run run(Input input, Probe... probes) {
        try (Session session = session()) {
            return session.run(input, probes);
        }
    }

    /// Runs several sessions in one pass, each with its own probes, edits and masks; each gives what it would give alone. They must begin at the same layer.
    public List<Run> run(List<Feed> feeds) {
        requireDistinct(feeds);
        List<Trace> traces = new ArrayList<>();
        for (Feed feed : feeds) traces.add(feed.input().file().map(Trace::inFile).orElseGet(Trace::inMemory));
        try {
            List<Run> runs = run(feeds, traces, this::requireAble, () -> false);
            for (int i = 0; i < traces.size(); i++) traces.get(i).finish(feeds.get(i).sequence());
            return runs;
        } catch (RuntimeException | Error e) {
            traces.forEach(Trace::close);
            throw e;
        }
    }

    /// Feeds several sessions in one pass; each gets what it would get alone.
    ///
    /// @return per entry, the logits after its last token
    public float[][] feed(List<Feed> feeds) {
        engine.requireHead();
        List<Feed> last = new ArrayList<>();
        for (Feed feed : feeds) last.add(new Feed(feed.session(), feed.input().withLastLogitsOnly(), feed.probes()));
        List<Run> runs = run(last);
        float[][] logits = new float[runs.size()][];
        for (int i = 0; i < logits.length; i++) logits[i] = runs.get(i).logits();
        return logits;
    }

    /// Claims the sessions, checks, and runs.
    ///
    /// @return null if cancelled
    List<Run> run(List<Feed> feeds, List<Trace> traces, Consumer<Feed> check, BooleanSupplier cancelled) {
        int claimed = 0;
        try {
            for (; claimed < feeds.size(); claimed++) feeds.get(claimed).session().claim();
            feeds.forEach(check);
            return engine.run(feeds, traces, cancelled);
        } finally {
            while (claimed > 0) feeds.get(--claimed).session().free();
        }
    }

    /// Generates with several sessions in lockstep: their logits after each step are merged, one token is chosen from that, and all take it in, in one pass.
    /// An edit in one session may read what was recorded of the others in the same pass ([Seen#get(Session, Selection)]), so that one can feed another.
    ///
    /// @return per session, the same tokens with its own trace
    /// @throws ModelException if a probe could never act
    public List<Generated> generate(List<Feed> members, Merge merge, Sampling sampling, int maxTokens, List<String> stops, Consumer<Token> listener) {
        return generate(members, merge, sampling, maxTokens, stops, Speculation.NONE, listener);
    }

    List<Generated> generate(List<Feed> members, Merge merge, Sampling sampling, int maxTokens, List<String> stops, Speculation speculation,
            Consumer<Token> listener) {
        requireDistinct(members);
        for (Feed member : members) member.session().begin();
        try {
            return new Generation(this, members, merge, sampling, maxTokens, stops, speculation, listener).run();
        } finally {
            engine.leave();
        }
    }

    /// Makes one set of logits out of several sessions'. It may change theirs and return one of them; they are the sessions' own and hold other numbers after the next step.
    @FunctionalInterface
    public interface Merge {
        float[] of(List<float[]> logits);
    }

    /// Tokens to append to one session, with probes of its own.
    public record Feed(Session session, Input input, List<Probe> probes) {
        public Feed {
            probes = List.copyOf(probes);
        }

        public Feed(Session session, int[] ids) { this(session, Input.of(ids), List.of()); }

        public Feed(Session session, int[] ids, Probe... probes) { this(session, Input.of(ids), List.of(probes)); }

        /// Everything a run has read when it is done; one that began in a higher layer leaves its tokens out of the session.
        private int[] sequence() {
            int[] before = session.ids();
            if (input.start().isEmpty()) return before;
            int[] all = Arrays.copyOf(before, before.length + input.length());
            System.arraycopy(input.ids(), 0, all, before.length, input.length());
            return all;
        }
    }

    /// Natural logarithms of the probabilities of each token of `continuation`, given `prefix` and the continuation's tokens before it.
    public double[] logProbabilities(int[] prefix, int[] continuation, Probe... probes) {
        if (prefix.length == 0) throw new ModelException("no prefix; the first token has no probability without one");
        int[] all = Arrays.copyOf(prefix, prefix.length + continuation.length);
        System.arraycopy(continuation, 0, all, prefix.length, continuation.length);
        Run run = run(all, probes);
        double[] result = new double[continuation.length];
        for (int i = 0; i < result.length; i++) result[i] = run.logProbability(prefix.length + i - 1, continuation[i]);
        return result;
    }

    /// Makes vectors of texts, as the model's files say: see [Embedder].
    public Embedder embedder() { return texts.embedder(); }

    /// Sorts texts into classes, or ranks them: see [Classifier]. Only of models with a head for that.
    public Classifier classifier() { return texts.classifier(); }

    /// Says what could stand in place of masks: see [MaskFiller]. Only of encoders with a head.
    public MaskFiller maskFiller() { return texts.maskFiller(); }

    /// Whether tokens have types.
    boolean typed() { return engine.parameters().types() != null && engine.parameters().types().rows() > 1; }

    /// Bytes a trace of these probes will hold after `tokens` tokens.
    public long traceBytes(int tokens, Probe... probes) { return new TraceSize(new Extents(hyper), engine.sites()).bytes(tokens, List.of(probes)); }

    /// The weights, as float32, by name and by head.
    public ModelWeights weights() { return new ModelWeights(hyper, engine); }

    /// The logits of any vector of the residual stream: final norm, head, soft cap.
    ///
    /// @param residual `d_model` numbers
    public float[] unembed(float[] residual) { return unembed(new float[][] {residual})[0]; }

    /// The logits of several vectors of the residual stream, each as if alone.
    ///
    /// @param residuals `[vector, d_model]`
    /// @return `[vector, vocabulary]`
    public float[][] unembed(float[][] residuals) { return engine.head().unembed(residuals); }

    /// Products of vectors with the unembedding matrix alone: no norm, no bias, no soft cap. What a part of a normed residual stream adds to the logits.
    ///
    /// @param vectors `[vector, d_model]`
    /// @return `[vector, vocabulary]`
    public float[][] project(float[][] vectors) { return engine.head().project(vectors); }

    Engine engine() { return engine; }

    /// Tells this model's sessions from others': sixteen hexadecimal digits.
    String fingerprint() { return HexFormat.of().toHexDigits(fingerprint); }

    LoadOptions options() { return options; }

    private static void requireDistinct(List<Feed> feeds) {
        if (feeds.isEmpty()) throw new IllegalArgumentException("nothing to run");
        if (feeds.size() > 1 && feeds.stream().map(Feed::session).distinct().count() != feeds.size()) throw new IllegalArgumentException("a session may be fed once per pass");
    }

    /// Everything that can be known to be wrong with a run before it starts.
    void requireAble(Feed feed) {
        requireIds(feed);
        new Ability(hyper, feed.session().position(), feed.input(), 0).require(feed.probes());
    }

    void requireIds(Feed feed) {
        Session session = feed.session();
        int[] ids = feed.input().ids();
        session.requireOpen();
        if (session.model() != this) throw new IllegalArgumentException("a session of another model");
        if (ids.length == 0) throw new ModelException("no tokens to feed; a model needs at least one");
        if (session.position() > 0 && !hyper.attention().causal()) throw new ModelException("this model is an encoder: it reads a text as a whole, each in a session of its own");
        if (session.position() + (long) ids.length > context)
            throw new ModelException("the context holds " + context + " tokens; " + session.position() + " are in it and " + ids.length + " more do not fit (see --context)");
        for (int id : ids)
            if (id < 0 || id >= hyper.vocabulary()) throw new ModelException("token id: expected 0.." + (hyper.vocabulary() - 1) + ", found " + id);
    }

    @Override
    public void close() { engine.close(); }
}
