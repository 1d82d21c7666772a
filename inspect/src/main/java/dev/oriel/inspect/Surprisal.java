package dev.oriel.inspect;

import dev.oriel.loaders.ModelException;
import dev.oriel.runtime.Model;
import java.util.Arrays;

/// How unexpected each token of a text is to the model, with logits divided by a temperature first: `-ln softmax(z / T)[token]`. The first token has none.
///
/// Liu, Škrjanec, Demberg, "Temperature-scaling surprisal estimates improve fit to human reading times" (2024).
///
/// @param temperature T
/// @param nats        of the second token, the third, and so on
public record Surprisal(double temperature, double[] nats) {

    /// One run over `ids`, read at each temperature.
    public static Surprisal[] of(Model model, int[] ids, double... temperatures) {
        float[] logits = model.run(ids).logits();
        return Arrays.stream(temperatures).mapToObj(t -> of(logits, ids, t)).toArray(Surprisal[]::new);
    }

    /// From logits, row-major `[pos, vocabulary]`, the last row of which says nothing about `ids`.
    public static Surprisal of(float[] logits, int[] ids, double temperature) {
        if (!(temperature > 0)) throw new ModelException("temperature: expected a number above 0, found " + temperature);
        if (ids.length < 2) throw new ModelException("surprisal: expected two tokens or more, found " + ids.length);
        int vocabulary = logits.length / ids.length;
        double[] nats = new double[ids.length - 1];
        for (int i = 0; i < nats.length; i++)
            nats[i] = LogSoftmax.total(logits, i * vocabulary, vocabulary, temperature) - logits[i * vocabulary + ids[i + 1]] / temperature;
        return new Surprisal(temperature, nats);
    }

    public double mean() { return Arrays.stream(nats).average().orElseThrow(); }

    public double[] bits() { return Arrays.stream(nats).map(n -> n / Math.log(2)).toArray(); }

    /// The surprisal of the tokens `[from, to)` of the text together: of a word, its sum. A first token counts as 0.
    public double span(int from, int to) { return Arrays.stream(nats, Math.max(0, from - 1), to - 1).sum(); }
}
