/// The command line.
module dev.oriel.app {
    requires dev.oriel.inspect;
    requires info.picocli;
    requires java.management;
    requires jdk.unsupported;
    requires me.tongfei.progressbar;
    requires org.jline.reader;
    requires org.jline.terminal;

    uses dev.oriel.ops.Backend;

    opens dev.oriel.app to info.picocli;
}
