package dev.oriel.inspect;

import java.util.Arrays;

/// The largest flow down a stack of layers, by Dinic's method: find how far each node is from the source, fill the paths that never step back, and repeat while
/// there are any. Node `(level, position)`, level 0 at the bottom, is `level * positions + position`.
final class MaxFlow {
    /// Less room than this is none.
    private static final double NOTHING = 1e-13;

    private final int levels;
    private final int positions;
    /// What can still flow down from (level + 1, upper) to (level, lower), and back up: `[level][upper][lower]`.
    private final double[][][] down;
    private final double[][][] up;
    private final int[] distance;
    /// Per node, the neighbours that are done with in this round.
    private final int[] tried;

    /// @param capacities `[level][upper][lower]`
    MaxFlow(double[][][] capacities) {
        levels = capacities.length + 1;
        positions = capacities[0].length;
        down = new double[capacities.length][positions][];
        for (int level = 0; level < capacities.length; level++) for (int i = 0; i < positions; i++) down[level][i] = capacities[level][i].clone();
        up = new double[capacities.length][positions][positions];
        distance = new int[levels * positions];
        tried = new int[levels * positions];
    }

    /// From position `top` of the highest level to position `bottom` of the lowest.
    double between(int top, int bottom) {
        int source = (levels - 1) * positions + top;
        double flow = 0;
        while (reach(source, bottom)) {
            Arrays.fill(tried, 0);
            for (double more = push(source, bottom, Double.POSITIVE_INFINITY); more > 0; more = push(source, bottom, Double.POSITIVE_INFINITY)) flow += more;
        }
        return flow;
    }

    /// Counts steps from the source; whether the sink can be reached.
    private boolean reach(int source, int sink) {
        Arrays.fill(distance, -1);
        distance[source] = 0;
        int[] queue = new int[distance.length];
        queue[0] = source;
        int filled = 1;
        for (int at = 0; at < filled; at++) {
            for (int i = 0; i < 2 * positions; i++) {
                int next = neighbour(queue[at], i);
                if (next < 0 || distance[next] >= 0 || room(queue[at], next) <= NOTHING) continue;
                distance[next] = distance[queue[at]] + 1;
                queue[filled++] = next;
            }
        }
        return distance[sink] >= 0;
    }

    /// Fills one path from `node` to the sink; what went through.
    private double push(int node, int sink, double most) {
        if (node == sink) return most;
        for (; tried[node] < 2 * positions; tried[node]++) {
            int next = neighbour(node, tried[node]);
            if (next < 0 || distance[next] != distance[node] + 1 || room(node, next) <= NOTHING) continue;
            double through = push(next, sink, Math.min(most, room(node, next)));
            if (through <= 0) continue;
            move(node, next, through);
            return through;
        }
        return 0;
    }

    /// The positions below a node, then those above it; -1 where there is no such level.
    private int neighbour(int node, int index) {
        int level = node / positions + (index < positions ? -1 : 1);
        return level < 0 || level >= levels ? -1 : level * positions + index % positions;
    }

    private double room(int from, int to) {
        int level = Math.min(from, to) / positions;
        return from > to ? down[level][from % positions][to % positions] : up[level][to % positions][from % positions];
    }

    private void move(int from, int to, double amount) {
        int level = Math.min(from, to) / positions;
        int upper = Math.max(from, to) % positions;
        int lower = Math.min(from, to) % positions;
        double signed = from > to ? amount : -amount;
        down[level][upper][lower] -= signed;
        up[level][upper][lower] += signed;
    }
}
