package dev.oriel.ops;

import java.util.Arrays;

/// The experts one token goes to, the most probable first, and the weight of each.
record Kept(int[] experts, float[] weights) {

    /// Applies a routing to one token's probabilities; of equal probabilities the lower expert is kept.
    static Kept of(Routing routing, float[] probabilities) {
        int[] experts = new int[routing.used()];
        boolean[] taken = new boolean[probabilities.length];
        float[] chosenBy = routing.corrected(probabilities);
        if (routing.usedGroups() < routing.groups()) shut(routing, chosenBy, taken);
        double sum = 0;
        for (int rank = 0; rank < experts.length; rank++) {
            experts[rank] = best(chosenBy, taken);
            taken[experts[rank]] = true;
            sum += probabilities[experts[rank]];
        }
        // An edit may have set every kept probability to 0: then the experts add nothing.
        double factor = !routing.normalised() ? routing.scale() : sum == 0 ? 0 : routing.scale() / sum;
        float[] weights = new float[experts.length];
        for (int rank = 0; rank < weights.length; rank++) weights[rank] = (float) (probabilities[experts[rank]] * factor);
        return new Kept(experts, weights);
    }

    /// The weight of an expert, 0 for one that is not kept.
    float weight(int expert) {
        for (int rank = 0; rank < experts.length; rank++)
            if (experts[rank] == expert) return weights[rank];
        return 0;
    }

    /// Takes out the experts of the groups that are not used.
    private static void shut(Routing routing, float[] chosenBy, boolean[] taken) {
        int size = chosenBy.length / routing.groups();
        float[] worth = new float[routing.groups()];
        for (int group = 0; group < worth.length; group++) {
            float[] sorted = Arrays.copyOfRange(chosenBy, group * size, (group + 1) * size);
            Arrays.sort(sorted);
            worth[group] = sorted[size - 1] + (routing.correction() == null || size == 1 ? 0 : sorted[size - 2]);
        }
        boolean[] used = new boolean[worth.length];
        for (int i = 0; i < routing.usedGroups(); i++) used[best(worth, used)] = true;
        for (int expert = 0; expert < chosenBy.length; expert++) taken[expert] = !used[expert / size];
    }

    private static int best(float[] probabilities, boolean[] taken) {
        int best = -1;
        for (int expert = 0; expert < probabilities.length; expert++)
            if (!taken[expert] && (best < 0 || probabilities[expert] > probabilities[best])) best = expert;
        return best;
    }
}
