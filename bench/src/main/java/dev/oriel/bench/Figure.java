package dev.oriel.bench;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/// What one benchmark measured.
///
/// @param name         class and method: `MatmulBench.matmul`
/// @param parameters   by name
/// @param nanoseconds  of one call
/// @param spread       half the 99.9 % interval as a part of the time; NaN where there were too few iterations
/// @param bytes        per second
/// @param operations   per second
record Figure(String name, Map<String, String> parameters, double nanoseconds, double spread, double bytes, double operations) {

    static Figure of(RunResult result) {
        BenchmarkParams params = result.getParams();
        Map<String, String> parameters = new TreeMap<>();
        for (String key : params.getParamsKeys()) parameters.put(key, params.getParam(key));
        String[] path = params.getBenchmark().split("\\.");
        Result<?> calls = result.getPrimaryResult();
        return new Figure(path[path.length - 2] + "." + path[path.length - 1], parameters, 1e9 / calls.getScore(),
                calls.getScoreError() / calls.getScore(), rate(result, "bytes"), rate(result, "operations"));
    }

    private static double rate(RunResult result, String counter) {
        Result<?> found = result.getSecondaryResults().get(counter);
        return found == null ? 0 : found.getScore();
    }

    /// `n=128 weights=Q4_0`, without the given ones.
    String describe(Set<String> without) {
        return parameters.entrySet().stream().filter(pair -> !without.contains(pair.getKey()))
                .map(pair -> pair.getKey() + "=" + pair.getValue()).collect(Collectors.joining(" "));
    }
}
