package dev.oriel.ops;

/// The experts one token goes to, the most probable first, and the weight of each.
record Kept(int[] experts, float[] weights) {

    /// Applies a routing to one token's probabilities; of equal probabilities the lower expert is kept.
    static Kept of(Routing routing, float[] probabilities) {
        int[] experts = new int[routing.used()];
        boolean[] taken = new boolean[probabilities.length];
        double sum = 0;
        for (int rank = 0; rank < experts.length; rank++) {
            experts[rank] = best(probabilities, taken);
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

    private static int best(float[] probabilities, boolean[] taken) {
        int best = -1;
        for (int expert = 0; expert < probabilities.length; expert++)
            if (!taken[expert] && (best < 0 || probabilities[expert] > probabilities[best])) best = expert;
        return best;
    }
}
