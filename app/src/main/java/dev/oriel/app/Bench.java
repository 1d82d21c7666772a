package dev.oriel.app;

import dev.oriel.loaders.Json;
import dev.oriel.runtime.Input;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Probe;
import dev.oriel.runtime.Session;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `bench`: tokens per second of a prompt and of a generation, as llama-bench measures them: each from an empty cache, after warm-up, the median of some runs.
@Command(name = "bench", description = "Measure tokens per second.", mixinStandardHelpOptions = true)
final class Bench implements Callable<Integer> {
    private static final long SEED = 1;
    /// How much longer than asked for a warm-up may take while runs still get faster, and by how much they have to.
    private static final int PATIENCE = 4;
    private static final double FASTER = 0.98;

    private final Streams streams;

    @Spec private CommandSpec command;

    /// What runs.
    static final class Source {
        @Option(names = {"-m", "--model"}, paramLabel = "MODEL", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT].")
        private ModelName model;

        @Option(names = "--shape", paramLabel = "SHAPE:FORMAT", description = "Random weights in the shape of a known model, such as llama-3.2-1b:Q4_0.")
        private String shape;
    }

    @ArgGroup(multiplicity = "1")
    private Source source;

    @Option(names = {"-p", "--prompt-tokens"}, paramLabel = "N", defaultValue = "128", description = "Tokens of the prompt; 0 to leave it out (default: ${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(names = {"-n", "--tokens"}, paramLabel = "N", defaultValue = "32", description = "Tokens to generate; 0 to leave it out (default: ${DEFAULT-VALUE}).")
    private int tokens;

    @Option(names = {"-r", "--repetitions"}, paramLabel = "N", defaultValue = "3", description = "Measured runs (default: ${DEFAULT-VALUE}).")
    private int repetitions;

    @Option(names = "--warm-up", paramLabel = "SECONDS", defaultValue = "3",
            description = "How long to repeat the work before it is measured, at least; up to four times as long while it still gets faster (default: ${DEFAULT-VALUE}).")
    private double warmUp;

    @Option(names = "--sequences", paramLabel = "N", defaultValue = "1",
            description = "Generate with this many sequences at once, each in a thread of its own, and count the tokens of all (default: ${DEFAULT-VALUE}).")
    private int sequences;

    @Option(names = {"-d", "--depth"}, paramLabel = "N", defaultValue = "0", description = "Tokens in the cache before the generation (default: ${DEFAULT-VALUE}).")
    private int depth;

    @Option(names = "--sites", split = ",", paramLabel = "SITE", description = "Record these sites meanwhile, to see what looking costs: 'blocks.*.attn.hook_pattern'.")
    private List<String> sites = List.of();

    @Option(names = "--json", description = "As JSON.")
    private boolean json;

    @Mixin private ModelOptions options;

    Bench(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() {
        if (promptTokens < 0 || tokens < 0 || depth < 0 || repetitions < 1 || sequences < 1 || !(warmUp >= 0))
            throw new ParameterException(command.commandLine(), "Expected -p, -n, -d and --warm-up of 0 or more, and -r and --sequences of 1 or more");
        try (Model model = source.model != null ? options.load(source.model, streams) : Shapes.load(source.shape, options.loadOptions())) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("model", source.model != null ? source.model.toString() : source.shape);
            result.put("backend", model.info().backend());
            result.put("threads", options.loadOptions().threads());
            result.put("prompt_tokens", promptTokens);
            result.put("generation_tokens", tokens);
            result.put("depth", depth);
            result.put("sequences", sequences);
            result.put("repetitions", repetitions);
            int[] ids = new Random(SEED).ints(Math.max(promptTokens, tokens), 0, model.hyper().vocabulary()).toArray();
            if (!sites.isEmpty()) result.put("sites", sites);
            Probe[] probes = sites.stream().flatMap(site -> SiteNames.matching(site.strip(), model).stream()).map(Probe::record).toArray(Probe[]::new);
            if (promptTokens > 0)
                result.put("prompt_tokens_per_second", rate(1, 0, promptTokens, model, session -> feed(session, probes, Arrays.copyOf(ids, promptTokens))));
            if (tokens > 0) result.put("generation_tokens_per_second", rate(sequences, depth, tokens, model, session -> {
                for (int i = 0; i < tokens; i++) feed(session, probes, ids[i]);
            }));
            report(result);
        }
        return 0;
    }

    private static void feed(Session session, Probe[] probes, int... ids) {
        if (probes.length == 0) session.feed(ids);
        else session.run(Input.of(ids).withLastLogitsOnly(), probes);
    }

    private interface Work {
        void on(Session session);
    }

    private double rate(int sequences, int depth, int count, Model model, Work work) {
        List<Session> sessions = Stream.generate(model::session).limit(sequences).toList();
        int[] before = new Random(SEED).ints(depth, 0, model.hyper().vocabulary()).toArray();
        if (depth > 0) sessions.forEach(session -> session.feed(before));
        try (ExecutorService threads = Executors.newFixedThreadPool(sequences)) {
            warmUp(sessions, depth, work, threads);
            double[] times = new double[repetitions];
            for (int i = 0; i < repetitions; i++) times[i] = seconds(sessions, depth, work, threads);
            Arrays.sort(times);
            double median = (times[(repetitions - 1) / 2] + times[repetitions / 2]) / 2;
            return sequences * count / median;
        } finally {
            sessions.forEach(Session::close);
        }
    }

    /// The same work until it gets no faster: the compiler needs a while to find out what matters.
    private void warmUp(List<Session> sessions, int depth, Work work, ExecutorService threads) {
        long start = System.nanoTime();
        double best = Double.POSITIVE_INFINITY;
        while (true) {
            double seconds = seconds(sessions, depth, work, threads);
            double passed = (System.nanoTime() - start) * 1e-9;
            if (passed >= warmUp && seconds > FASTER * best || passed >= PATIENCE * warmUp) return;
            best = Math.min(best, seconds);
        }
    }

    private static double seconds(List<Session> sessions, int depth, Work work, ExecutorService threads) {
        sessions.forEach(session -> session.rewind(depth));
        long start = System.nanoTime();
        if (sessions.size() == 1) work.on(sessions.getFirst());
        else sessions.stream().map(session -> CompletableFuture.runAsync(() -> work.on(session), threads)).toList().forEach(CompletableFuture::join);
        return (System.nanoTime() - start) / 1e9;
    }

    private void report(Map<String, Object> result) {
        if (json) {
            streams.println(Json.write(result));
            return;
        }
        streams.println(result.get("model") + ", " + result.get("backend"));
        if (promptTokens > 0) streams.println(String.format(Locale.ROOT, "prompt     %5d tokens %10.2f tokens/s", promptTokens, (Double) result.get("prompt_tokens_per_second")));
        if (tokens > 0) streams.println(String.format(Locale.ROOT, "generation %5d tokens %10.2f tokens/s%s", tokens,
                (Double) result.get("generation_tokens_per_second"), (depth == 0 ? "" : " after " + depth) + (sequences == 1 ? "" : " in all, " + sequences + " sequences at once")));
    }
}
