package dev.oriel.runtime;

import dev.oriel.loaders.Checkpoint;
import dev.oriel.loaders.Checkpoints;
import dev.oriel.loaders.ModelException;
import dev.oriel.ops.Backend;
import dev.oriel.ops.Format;
import dev.oriel.ops.Ops;
import dev.oriel.runtime.text.ChatTemplate;
import dev.oriel.runtime.text.Tokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.Set;

/// A model, loaded and packed: `.gguf` (also split), `.safetensors`, or a Hugging Face folder.
///
/// Any number of threads may use it; their passes take turns. Closing it frees the weights; close its sessions first.
public final class Model implements AutoCloseable {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final int MAX_THREADS = 1024;
    /// The missing module is worth one line, not one per model.
    private static final AtomicBoolean WARNED = new AtomicBoolean();

    private final Hyper hyper;
    private final Ops ops;
    private final ModelInfo info;
    private final Vocabulary vocabulary;
    private final int context;
    private final LoadOptions options;
    private final Engine engine;

    private Model(Checkpoint checkpoint, LoadOptions options, Ops ops) {
        this.options = options;
        this.ops = ops;
        Arch arch = Arch.of(checkpoint);
        try (Weights weights = new Weights(arch, checkpoint)) {
            hyper = new HyperReader(arch, checkpoint).read(weights.any("token_embd.weight"));
            context = options.context() == 0 ? hyper.contextLength() : options.context();
            engine = new Engine(hyper, Parameters.pack(hyper, weights, ops), ops);
        }
        vocabulary = Vocabulary.of(checkpoint);
        info = ModelInfo.of(checkpoint, hyper, ops.name(), context);
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
    public static Model of(Checkpoint checkpoint, LoadOptions options) { return of(checkpoint, options, open(options)); }

    /// Runs on `ops`, which the model owns from here on.
    static Model of(Checkpoint checkpoint, LoadOptions options, Ops ops) {
        try {
            return new Model(checkpoint, options, ops);
        } catch (RuntimeException | Error e) {
            ops.close();
            throw e;
        }
    }

    private static Ops open(LoadOptions options) {
        requireSane(options);
        List<Backend> backends = ServiceLoader.load(Backend.class).stream().map(ServiceLoader.Provider::get).toList();
        Backend backend = backends.stream().filter(b -> b.name().equals(options.backend())).findFirst()
                .orElseThrow(() -> new ModelException("backend: expected one of " + backends.stream().map(Backend::name).toList() + ", found " + options.backend()));
        backend.unavailable().ifPresent(reason -> { throw new ModelException("backend " + backend.name() + ": " + reason); });
        try {
            return backend.open(new Backend.Options(options.threads(), options.float32(), options.kernels()));
        } catch (IllegalArgumentException | UnsupportedOperationException e) {
            throw new ModelException(e.getMessage(), e);
        }
    }

    private static void requireSane(LoadOptions options) {
        if (options.threads() < 1 || options.threads() > MAX_THREADS) throw new ModelException("threads: expected 1.." + MAX_THREADS + ", found " + options.threads());
        if (options.context() < 0) throw new ModelException("context: expected 0 or more, found " + options.context());
        if (options.kvFormat() != Format.F32 && options.kvFormat() != Format.F16) throw new ModelException("KV format: expected F32 or F16, found " + options.kvFormat());
        if (ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent()) return;
        if (options.vectorRequired()) throw new ModelException("the vector module is missing; start java with --add-modules " + VECTOR_MODULE);
        if (options.backend().equals("cpu") && options.kernels().equals("auto") && WARNED.compareAndSet(false, true))
            System.getLogger(Model.class.getName()).log(System.Logger.Level.WARNING, "computing slowly, in plain loops: start java with --add-modules " + VECTOR_MODULE);
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

    /// The sites this model has, in the order in which a pass comes by.
    public Set<Site> sites() { return engine.sites(); }

    /// A new, empty sequence.
    public Session session() { return new Session(this); }

    /// One forward pass over all of `ids`, from an empty context.
    ///
    /// @throws ModelException if a probe names a site this model does not have
    public Run run(int[] ids, Probe... probes) {
        try (Session session = session()) {
            return session.run(ids, probes);
        }
    }

    /// Feeds several sessions in one pass; each gets what it would get alone.
    ///
    /// @return per entry, the logits after its last token
    public float[][] feed(List<Feed> feeds) {
        for (Feed feed : feeds) requireIds(feed.session(), feed.ids());
        if (feeds.stream().map(Feed::session).distinct().count() != feeds.size()) throw new IllegalArgumentException("a session may be fed once per pass");
        return engine.feed(feeds);
    }

    /// Tokens to append to one session.
    public record Feed(Session session, int[] ids) {}

    Engine engine() { return engine; }

    LoadOptions options() { return options; }

    void requireIds(Session session, int[] ids) {
        if (ids.length == 0) throw new ModelException("no tokens to feed; a model needs at least one");
        if (session.position() + (long) ids.length > context)
            throw new ModelException("the context holds " + context + " tokens; " + session.position() + " are in it and " + ids.length + " more do not fit (see --context)");
        Arrays.stream(ids).filter(id -> id < 0 || id >= hyper.vocabulary()).findFirst().ifPresent(id -> {
            throw new ModelException("token id: expected 0.." + (hyper.vocabulary() - 1) + ", found " + id);
        });
    }

    @Override
    public void close() { engine.close(); }
}
