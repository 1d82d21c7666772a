package dev.oriel.app;

import java.io.IOException;

/// The entry point. Touches no vector class: where the vector module is missing, everything happens in a second JVM that has it.
public final class Main {
    private Main() {}

    /// Runs one command and ends the JVM with its exit code.
    public static void main(String[] args) {
        String[] exact = Arguments.exact(args);
        if (ModuleLayer.boot().findModule(Relaunch.VECTOR_MODULE).isPresent()) System.exit(run(exact));
        try {
            System.exit(Relaunch.run(exact));
        } catch (IOException e) {
            System.err.println("oriel: the vector module is missing, and java cannot be started again with it (" + e.getMessage()
                    + "): add --add-modules " + Relaunch.VECTOR_MODULE);
            System.exit(1);
        }
    }

    private static int run(String[] args) {
        System.setProperty("java.util.logging.SimpleFormatter.format", "oriel: %5$s%n");
        System.setProperty("picocli.disable.closures", "true");
        HeadStart.begin(args);
        Relaunch.endWithParent();
        Streams streams = Streams.standard();
        int code = Oriel.execute(streams, args);
        try {
            streams.flush();
        } catch (Streams.Closed e) {
            return code;
        } catch (RuntimeException e) {
            return Failures.report(e, streams);
        }
        StartArchive.refresh();
        return code;
    }
}
