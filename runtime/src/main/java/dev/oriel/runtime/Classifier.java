package dev.oriel.runtime;

import dev.oriel.loaders.ModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Sorts texts into the classes that a model was trained for, or ranks documents by how well they answer a query.
///
/// Of a list, several texts go through in one pass; each gets the bits it would get alone. A text that is longer than the model reads is cut at its end, of a pair the longer one.
public final class Classifier {
    private final Model model;
    private final Framing framing;
    private final TextStage stage;
    private final TextFiles files;
    private final Pooling pooling;
    private final List<String> labels;

    Classifier(Model model, Framing framing, TextStage stage, TextFiles files) {
        this.model = model;
        this.framing = framing;
        this.stage = stage;
        this.files = files;
        pooling = files.ofClasses();
        labels = files.labels(stage.head().width());
    }

    /// The classes' names, in the order of the numbers.
    public List<String> labels() { return labels; }

    /// @param probes as of a run; [Site#POOLED] too, and [Site#POOLER_OUT] where the head has an inner vector
    public Classification classify(String text, Probe... probes) { return classify(List.of(text), probes).getFirst(); }

    /// In their order; none of none.
    public List<Classification> classify(List<String> texts, Probe... probes) { return classifyFramed(texts.stream().map(text -> framing.one(text, model.context())).toList(), probes); }

    /// Of tokens as they are: nothing is added and nothing cut.
    public Classification classify(int[] ids, Probe... probes) { return classifyFramed(List.of(new Framing.Framed(ids.clone(), new int[ids.length], 0)), probes).getFirst(); }

    /// Of two texts as one, such as a premise and a hypothesis.
    public Classification classify(String first, String second, Probe... probes) { return classifyFramed(List.of(framing.pair(first, second, model.context())), probes).getFirst(); }

    /// The documents from the best to the worst; equally good ones in the order in which they were given, the same text twice is in it twice.
    ///
    /// @throws ModelException if the model gives more than one number for a text
    public List<Ranked> rerank(String query, List<String> documents, Probe... probes) {
        if (labels.size() != 1) throw new ModelException("rerank: expected a model that gives one number for a query and a document, found one with " + labels.size() + " classes");
        List<Classification> found = classifyFramed(documents.stream().map(document -> framing.pair(query, document, model.context())).toList(), probes);
        return IntStream.range(0, found.size()).mapToObj(i -> new Ranked(i, found.get(i).probabilities()[0], found.get(i).logits()[0], found.get(i).dropped(), found.get(i).trace()))
                .sorted(Comparator.comparingDouble((Ranked ranked) -> -ranked.logit())).toList();
    }

    private List<Classification> classifyFramed(List<Framing.Framed> texts, Probe[] given) {
        List<Probe> probes = List.of(given);
        stage.require(probes);
        List<Input> inputs = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            TextPasses.require(texts.get(i), i, probes);
            inputs.add(input(texts.get(i)));
        }
        return new TextPasses(model).read(inputs, TextStage.others(probes), (i, run) -> {
            float[] logits = stage.run(pooling.of(run.logits(), model.hyper().width(), 0), inputs.get(i), run.trace(), probes);
            return new Classification(labels, logits, probabilities(logits), inputs.get(i).length(), texts.get(i).dropped(), run.trace());
        });
    }

    private Input input(Framing.Framed text) {
        int length = text.ids().length;
        // Padding that a text ends with is not read, as in transformers.
        while (pooling == Pooling.LAST && length > 1 && text.ids()[length - 1] == files.padding()) length--;
        Input input = Input.of(Arrays.copyOf(text.ids(), length)).withHidden(pooling.needs());
        return model.typed() ? input.withTypes(Arrays.copyOf(text.types(), length)) : input;
    }

    private double[] probabilities(float[] logits) {
        String problem = files.problem().orElse(logits.length == 1 ? "multi_label_classification" : "single_label_classification");
        double[] out = new double[logits.length];
        double most = IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).max().orElse(0);
        double sum = IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i] - most)).sum();
        for (int i = 0; i < out.length; i++) out[i] = switch (problem) {
            case "regression" -> logits[i];
            case "multi_label_classification" -> 1 / (1 + Math.exp(-logits[i]));
            default -> logits.length == 1 ? 1 / (1 + Math.exp(-logits[i])) : Math.exp(logits[i] - most) / sum;
        };
        return out;
    }
}
