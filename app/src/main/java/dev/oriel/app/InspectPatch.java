package dev.oriel.app;

import dev.oriel.inspect.ActivationPatching;
import dev.oriel.inspect.ActivationPatching.Axis;
import dev.oriel.inspect.Grid;
import dev.oriel.inspect.Metric;
import dev.oriel.inspect.PatchGrid;
import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import dev.oriel.runtime.Site;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `inspect patch`: how an answer changes when parts of one prompt's run are replaced by another's.
@Command(name = "patch", mixinStandardHelpOptions = true,
        description = "Activation patching: replace one place after the other by what another prompt of the same length has there, and see how far the answer changes.")
final class InspectPatch implements Callable<Integer> {
    enum Into { CLEAN, CORRUPTED }

    private final Streams streams;

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "A .gguf or .safetensors file, a Hugging Face folder, or hf:OWNER/REPO[:QUANT].")
    private ModelName named;

    @Option(names = {"-p", "--prompt"}, required = true, paramLabel = "TEXT", description = "The clean prompt.")
    private String clean;

    @Option(names = "--corrupted", required = true, paramLabel = "TEXT", description = "The other prompt, of as many tokens.")
    private String corrupted;

    @Option(names = "--answer", required = true, paramLabel = "WORD",
            description = "The right answer to the clean prompt: one token, with a space before it if that makes it one.")
    private String answer;

    @Option(names = "--wrong", paramLabel = "WORD",
            description = "The wrong one: what is measured is the difference of the two logits (without it: the answer's log-probability).")
    private String wrong;

    @Option(names = "--into", paramLabel = "RUN", defaultValue = "CLEAN",
            description = "Whose run is patched with the other's activations: clean finds what the answer needs, corrupted what suffices for it (default: ${DEFAULT-VALUE}).")
    private Into into;

    @Option(names = "--site", paramLabel = "SITE", defaultValue = "resid_pre",
            description = "What is patched: resid_pre, attn_out, mlp_out, z, q, k, v, pattern, ... (default: ${DEFAULT-VALUE}).")
    private String site;

    @Option(names = "--by", split = ",", paramLabel = "AXIS",
            description = "What is gone through one by one, across last: ${COMPLETION-CANDIDATES} "
                    + "(default: layer,head where there are heads, else layer,position).")
    private List<Axis> by;

    @Option(names = "--layers", paramLabel = "LIST", description = "These layers only: 0,4:8.")
    private String layers;

    @Option(names = "--positions", paramLabel = "LIST", description = "These positions only, negative ones from the end: 9,-1.")
    private String positions;

    @Option(names = "--heads", paramLabel = "LIST", description = "These heads only.")
    private String heads;

    @Option(names = "--normalise", description = "As shares of the way from one run to the other: 0 for no change, 1 for all of it.")
    private boolean normalise;

    @Mixin private Findings findings;
    @Mixin private ModelOptions options;

    InspectPatch(Streams streams) { this.streams = streams; }

    @Override
    public Integer call() {
        try (Model model = options.load(named, streams)) {
            int[] right = model.tokenizer().encode(clean);
            int[] other = model.tokenizer().encode(corrupted);
            if (right.length != other.length)
                throw new ModelException("the prompts: expected as many tokens in both, found " + right.length + " " + Labels.of(model, right)
                        + " and " + other.length + " " + Labels.of(model, other));
            boolean ofClean = into == Into.CLEAN;
            PatchGrid found = sweep(model, ofClean ? right : other, ofClean ? other : right);
            PatchGrid shown = normalise ? found.normalised() : found;
            Grid grid = shown.grid(Labels.of(model, ofClean ? right : other));
            String note = String.format(Locale.ROOT, "%s: %.3f of the clean prompt, %.3f of the corrupted one; the %s run is patched", measured(),
                    ofClean ? found.into() : found.from(), ofClean ? found.from() : found.into(), into.name().toLowerCase(Locale.ROOT));
            findings.show(streams, grid.title(), note, List.of(grid), () -> grid.table() + "(" + note + ")\n", () -> json(grid, found, ofClean));
        }
        return 0;
    }

    private PatchGrid sweep(Model model, int[] patched, int[] source) {
        Site where = SiteNames.perLayer(site, model);
        boolean perHead = where.axes().contains(Site.Axis.HEAD) || where.axes().contains(Site.Axis.KV_HEAD);
        Axis[] axes = by != null ? by.toArray(Axis[]::new) : new Axis[] {Axis.LAYER, perHead ? Axis.HEAD : Axis.POSITION};
        ActivationPatching patching = ActivationPatching.of(model, patched, source);
        if (layers != null) patching = patching.layers(Indices.of("--layers", layers, model.info().layers()));
        if (positions != null) patching = patching.positions(Indices.of("--positions", positions, patched.length));
        int count = where.axes().contains(Site.Axis.KV_HEAD) ? model.hyper().attention().kvHeads() : model.hyper().attention().heads();
        if (heads != null) patching = patching.heads(Indices.of("--heads", heads, count));
        try (Progress progress = Progress.counting(streams, "patching")) {
            return patching.withProgress(progress::at).sweep(where, metric(model), axes);
        }
    }

    private Metric metric(Model model) {
        int right = token(model, "--answer", answer);
        return wrong == null ? Metric.logProbability(right) : Metric.logitDifference(right, token(model, "--wrong", wrong));
    }

    private String measured() { return wrong == null ? "log-probability of " + answer.strip() : "logit of " + answer.strip() + " minus logit of " + wrong.strip(); }

    /// The one token a word is, as it would follow the prompt.
    private int token(Model model, String option, String word) {
        int[] before = model.tokenizer().encode(clean);
        List<String> tried = new ArrayList<>();
        for (String text : word.startsWith(" ") ? List.of(word) : List.of(" " + word, word)) {
            int[] ids = model.tokenizer().encode(clean + text);
            if (ids.length == before.length + 1 && Arrays.equals(before, Arrays.copyOf(ids, before.length))) return ids[before.length];
            tried.add(Labels.of(model, ids.length > before.length ? Arrays.copyOfRange(ids, before.length, ids.length) : ids).toString());
        }
        throw new ModelException(option + " " + word + ": expected one token after the prompt, found " + String.join(" or ", tried));
    }

    private static Map<String, Object> json(Grid grid, PatchGrid found, boolean ofClean) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("clean", ofClean ? found.into() : found.from());
        members.put("corrupted", ofClean ? found.from() : found.into());
        members.putAll(Findings.json(grid));
        return members;
    }
}
