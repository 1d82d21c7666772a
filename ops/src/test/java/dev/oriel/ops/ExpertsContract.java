package dev.oriel.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Mixtures of experts.
interface ExpertsContract extends Contract {

    /// Experts of random weights, and those weights; biases where gate and up meet in an unusual way, as in the models that do that.
    record Mixture(List<Weights> gateUp, List<float[]> gateUpBias, List<Weights> down, List<float[]> downBias, Gating gating) {
        static Mixture random(Draw draw, Format format, int experts, int model, int hidden, Gating gating) {
            List<Weights> gateUp = new ArrayList<>();
            List<float[]> gateUpBias = new ArrayList<>();
            List<Weights> down = new ArrayList<>();
            List<float[]> downBias = new ArrayList<>();
            for (int expert = 0; expert < experts; expert++) {
                gateUp.add(Weights.random(draw, format, 2 * hidden, model));
                gateUpBias.add(gating.plain() ? null : draw.floats(2 * hidden));
                down.add(Weights.random(draw, format, model, hidden));
                downBias.add(gating.plain() ? null : draw.floats(model));
            }
            return new Mixture(gateUp, gateUpBias, down, downBias, gating);
        }

        Experts pack(Ops ops) {
            return new Experts(gateUp.stream().map(w -> w.pack(ops)).toList(), rows(ops, gateUpBias), down.stream().map(w -> w.pack(ops)).toList(), rows(ops, downBias), gating);
        }

        private List<Rows> rows(Ops ops, List<float[]> biases) {
            return gating.plain() ? null : biases.stream().map(bias -> Guarded.of(ops, bias, bias.length, 3).rows()).toList();
        }

        /// One token's result.
        double[] apply(Routing routing, float[] probabilities, float[] x) {
            float[] chosenBy = probabilities.clone();
            for (int i = 0; routing.correction() != null && i < chosenBy.length; i++) chosenBy[i] += routing.correction()[i];
            List<Integer> kept = IntStream.range(0, probabilities.length).boxed().filter(expert -> open(routing, chosenBy, expert))
                .sorted(Comparator.comparing((Integer expert) -> -chosenBy[expert]).thenComparing(Comparator.naturalOrder()))
                .limit(routing.used()).toList();
            double sum = routing.normalised() ? kept.stream().mapToDouble(expert -> probabilities[expert]).sum() : 1;
            double[] out = new double[x.length];
            for (int expert : kept) {
                double[] result = Truth.expert(gating, gateUp.get(expert).decoded(), gateUpBias.get(expert), down.get(expert).decoded(), downBias.get(expert), x);
                for (int i = 0; i < out.length; i++) out[i] += routing.scale() * probabilities[expert] / sum * result[i];
            }
            return out;
        }

        /// Whether fewer groups than are used have a larger best expert than this one's group.
        private static boolean open(Routing routing, float[] probabilities, int expert) {
            int size = probabilities.length / routing.groups();
            int own = expert / size;
            long better = IntStream.range(0, routing.groups()).filter(group -> {
                int best = routing.correction() == null ? 1 : 2;
                int compared = Float.compare(worth(probabilities, group, size, best), worth(probabilities, own, size, best));
                return compared > 0 || compared == 0 && group < own;
            }).count();
            return better < routing.usedGroups();
        }

        /// The sum of a group's largest.
        private static float worth(float[] probabilities, int group, int size, int largest) {
            return (float) IntStream.range(group * size, (group + 1) * size).mapToObj(i -> probabilities[i]).sorted(Comparator.reverseOrder()).limit(largest).mapToDouble(p -> p).sum();
        }
    }

    @Test
    default void expertsOfSomeGroups() {
        Draw draw = new Draw(53);
        try (Ops ops = open()) {
            Mixture mixture = Mixture.random(draw, Format.F32, 8, 17, 33, Gating.of(Nonlinearity.SILU));
            for (int[] groups : new int[][] {{4, 1}, {4, 2}, {2, 1}, {8, 3}})
                for (float[] correction : new float[][] {null, draw.floats(8)})
                    checkExperts(ops, draw, mixture, new Routing(2, false, 1.5f, groups[0], groups[1], correction), 17, FLOAT);
        }
    }

    @Test
    default void expertsOfClampedGates() {
        Draw draw = new Draw(54);
        try (Ops ops = open()) {
            for (Format format : new Format[] {Format.F32, Format.BF16})
                for (Gating gating : new Gating[] {new Gating(Nonlinearity.SILU, 1.702f, 7, 1), new Gating(Nonlinearity.SILU, 1.702f, 0.5f, 1), new Gating(Nonlinearity.GELU, 1, 2, 0)})
                    checkExperts(ops, draw, Mixture.random(draw, format, 5, 17, 33, gating), new Routing(2, true, 1), 17, matmulTolerance(format));
        }
    }

    @Test
    default void expertsOfEveryRouting() {
        Draw draw = new Draw(50);
        try (Ops ops = open()) {
            for (Format format : new Format[] {Format.F32, Format.BF16, Format.Q8_0, Format.Q4_0})
                for (int[] counts : new int[][] {{1, 1}, {4, 1}, {4, 2}, {8, 3}, {5, 5}}) {
                    int model = format.blockLength() == 1 ? 17 : 64;
                    int hidden = format.blockLength() == 1 ? 33 : 96;
                    Mixture mixture = Mixture.random(draw, format, counts[0], model, hidden, Gating.of(counts[1] == 2 ? Nonlinearity.GELU : Nonlinearity.SILU));
                    Routing routing = new Routing(counts[1], counts[0] % 2 == 0, counts[1] == 3 ? 2.5f : 1);
                    checkExperts(ops, draw, mixture, routing, model, matmulTolerance(format));
                }
        }
    }

    private static void checkExperts(Ops ops, Draw draw, Mixture mixture, Routing routing, int model, double tolerance) {
        int n = 9;
        int count = mixture.down().size();
        Experts experts = mixture.pack(ops);
        float[] x = draw.floats(n * model);
        Guarded probabilities = Guarded.of(ops, logits(draw, n, count), count, 3);
        ops.route(probabilities.rows(), n);
        float[] routed = probabilities.values();
        Rows inputs = Guarded.of(ops, x, model, 16).rows();
        Guarded out = new Guarded(ops, n, model, 16);
        ops.experts(experts, routing, probabilities.rows(), inputs, out.rows(), n);

        double[] expected = new double[n * model];
        for (int i = 0; i < n; i++)
            System.arraycopy(mixture.apply(routing, Arrays.copyOfRange(routed, i * count, (i + 1) * count), Arrays.copyOfRange(x, i * model, (i + 1) * model)),
                0, expected, i * model, model);
        String what = "%s, %s, %s of %d".formatted(draw, mixture.down().getFirst().parts().getFirst().format(), routing, count);
        // Errors of two products one after the other, of the hidden numbers' squared size.
        Close.check(out.values(), expected, 2 * tolerance, what);

        Guarded single = new Guarded(ops, n, model, 16);
        for (int i = 0; i < n; i++)
            ops.experts(experts, routing, probabilities.rows().rows(i, 1), inputs.rows(i, 1), single.rows().rows(i, 1), 1);
        Close.same(single.values(), out.values(), "%s, token by token", what);
    }

    /// The first token likes all experts the same, the second the last two.
    private static float[] logits(Draw draw, int n, int count) {
        float[] out = draw.floats(n * count);
        Arrays.fill(out, 0, count, 0.5f);
        Arrays.fill(out, count, 2 * count, -1);
        for (int expert = Math.max(0, count - 2); expert < count; expert++) out[count + expert] = 2;
        return out;
    }

    @Test
    default void routeIsASoftmaxOverAllExperts() {
        Draw draw = new Draw(51);
        try (Ops ops = open()) {
            for (int count : new int[] {1, 4, 8, 60, 128}) {
                float[] x = draw.floats(5 * count);
                Guarded rows = Guarded.of(ops, x, count, 3);
                ops.route(rows.rows(), 5);
                Close.check(rows.values(), Truth.softmax(Truth.doubles(x), count), FLOAT, "%s, %d experts", draw, count);
            }
        }
    }

    /// A probe may have set probabilities to zero.
    @Test
    default void expertsOfNoProbabilityAddNothing() {
        Draw draw = new Draw(52);
        try (Ops ops = open()) {
            Mixture mixture = Mixture.random(draw, Format.F32, 4, 17, 33, Gating.of(Nonlinearity.SILU));
            Guarded out = new Guarded(ops, 2, 17, 3);
            ops.experts(mixture.pack(ops), new Routing(2, true, 1), ops.rows(2, 4), Guarded.of(ops, draw.floats(34), 17, 3).rows(), out.rows(), 2);
            for (int i = 0; i < 34; i++)
                if (out.values()[i] != 0) throw new AssertionError("%s: element %d is %s".formatted(draw, i, out.values()[i]));
        }
    }
}
