package dev.oriel.app;

import dev.oriel.runtime.Sampling;
import java.util.concurrent.ThreadLocalRandom;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// How the next token is chosen.
final class SamplingOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(names = "--temp", paramLabel = "T", defaultValue = "0.8", description = "Temperature; 0 always takes the likeliest token (default: ${DEFAULT-VALUE}).")
    private float temperature;

    @Option(names = "--top-k", paramLabel = "K", defaultValue = "40", description = "Keep the K likeliest; 0 for all (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Option(names = "--top-p", paramLabel = "P", defaultValue = "0.95", description = "Keep the likeliest that sum to P (default: ${DEFAULT-VALUE}).")
    private float topP;

    @Option(names = "--min-p", paramLabel = "P", defaultValue = "0.05",
            description = "Keep those at least P times as likely as the likeliest (default: ${DEFAULT-VALUE}).")
    private float minP;

    @Option(names = "--repeat-penalty", paramLabel = "F", defaultValue = "1", description = "Make recent tokens less likely; 1 for not (default: ${DEFAULT-VALUE}).")
    private float repeatPenalty;

    @Option(names = "--seed", paramLabel = "N", description = "Of the random choice (default: another each time).")
    private Long seed;

    Sampling sampling() {
        try {
            return new Sampling(temperature, topK, topP, minP, repeatPenalty, seed == null ? ThreadLocalRandom.current().nextLong() : seed);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), "Invalid sampling: " + e.getMessage());
        }
    }
}
