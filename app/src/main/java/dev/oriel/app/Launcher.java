package dev.oriel.app;

/**
 * What the jar starts first. Compiled for Java 8, so that a Java too old for everything else can say so in one line.
 */
public final class Launcher {
    private static final int NEEDED = 25;

    private Launcher() {}

    /** @param args the command line */
    public static void main(String[] args) throws Throwable {
        String version = System.getProperty("java.specification.version", "0");
        if (version.startsWith("1.") || Double.parseDouble(version) < NEEDED) {
            System.err.println("oriel: needs Java " + NEEDED + " or later, and this is Java " + version + " (" + System.getProperty("java.home")
                    + "): install a JDK " + NEEDED + " and start its java, or set JAVA_HOME and use the script oriel");
            System.exit(1);
        }
        Class.forName("dev.oriel.app.Main").getMethod("main", String[].class).invoke(null, (Object) args);
    }
}
