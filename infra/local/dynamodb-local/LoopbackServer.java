import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import java.lang.reflect.Field;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * DynamoDB Local in memory, on the loopback interface only.
 *
 * <p>Its own main class listens on every interface and offers no way to change that. The first line
 * on standard output is the port the system chose. The server ends with its standard input, so it
 * cannot outlive the tests that started it.
 */
public final class LoopbackServer {
  public static void main(String[] args) throws Exception {
    DynamoDBProxyServer proxy =
        ServerRunner.createServerFromCommandLineArgs(new String[] {"-inMemory", "-disableTelemetry"});
    Field field = DynamoDBProxyServer.class.getDeclaredField("server");
    field.setAccessible(true);
    ServerConnector connector = (ServerConnector) ((Server) field.get(proxy)).getConnectors()[0];
    connector.setHost("127.0.0.1");
    connector.setPort(0);
    proxy.start();
    System.out.println("port " + connector.getLocalPort());
    while (System.in.read() >= 0) {
      // Nothing is ever sent; only the end counts.
    }
    proxy.stop();
    System.exit(0);
  }
}
