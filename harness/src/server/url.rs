//! The URLs of servers.

use super::Engine;

/// `scheme://[user[:password]@]hosts[/database][?parameters]`
struct ServerUrl<'a> {
    scheme: &'a str,
    credentials: Option<&'a str>,
    hosts: &'a str,
    database: &'a str,
    parameters: Vec<&'a str>,
}

impl<'a> ServerUrl<'a> {
    fn parse(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, hosts) = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => (Some(credentials), hosts),
            None => (None, authority),
        };
        let parameters = parameters.split('&').filter(|parameter| !parameter.is_empty()).collect();
        Some(Self { scheme, credentials, hosts, database, parameters })
    }

    fn has(&self, name: &str) -> bool {
        let is_it = |parameter: &&str| {
            parameter.split('=').next().is_some_and(|found| found.eq_ignore_ascii_case(name))
        };
        self.parameters.iter().any(is_it)
    }

    fn into_url(self) -> String {
        let Self { scheme, credentials, hosts, database, parameters } = self;
        let (credentials, at) = credentials.map_or(("", ""), |credentials| (credentials, "@"));
        let mark = if parameters.is_empty() { "" } else { "?" };
        let parameters = parameters.join("&");
        format!("{scheme}://{credentials}{at}{hosts}/{database}{mark}{parameters}")
    }
}

/// The URL of the database `database` on the same server.
pub(super) fn with_database(url: &str, engine: Engine, database: &str) -> String {
    let Some(mut parsed) = ServerUrl::parse(url) else { return url.to_owned() };
    let login = match parsed.database {
        "" => "authSource=admin".to_owned(),
        of => format!("authSource={of}"),
    };
    match engine {
        Engine::Postgres => parsed.parameters.retain(|parameter| !parameter.starts_with("dbname=")),
        // A user is looked up in the database that the URL names, unless it has an `authSource`.
        Engine::Mongo if parsed.credentials.is_some() && !parsed.has("authSource") => {
            parsed.parameters.push(&login);
        }
        Engine::Mongo => {}
    }
    ServerUrl { database, ..parsed }.into_url()
}

/// The URL of the same database on the server at `address`, which is `HOST:PORT`. Of MongoDB it is this node
/// alone, whatever nodes it knows of.
pub(crate) fn at_address(url: &str, engine: Engine, address: &str) -> String {
    let Some(mut parsed) = ServerUrl::parse(url) else { return url.to_owned() };
    let replaced: &[&str] = match engine {
        Engine::Postgres => &["host", "hostaddr", "port"],
        Engine::Mongo => &["replicaSet", "directConnection", "loadBalanced"],
    };
    parsed.parameters.retain(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default();
        !replaced.iter().any(|replaced| replaced.eq_ignore_ascii_case(name))
    });
    if engine == Engine::Mongo {
        parsed.parameters.push("directConnection=true");
    }
    ServerUrl { hosts: address, ..parsed }.into_url()
}

/// The URL with another user and password, which contain nothing that needs escaping.
pub(crate) fn as_user(url: &str, user: &str, password: &str) -> String {
    let Some(parsed) = ServerUrl::parse(url) else { return url.to_owned() };
    let credentials = format!("{user}:{password}");
    ServerUrl { credentials: Some(&credentials), ..parsed }.into_url()
}

/// The first `HOST:PORT` of the URL.
pub(crate) fn address(url: &str, engine: Engine) -> Option<String> {
    let first = ServerUrl::parse(url)?.hosts.split(',').next()?;
    let has_port = first.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
    Some(if has_port { first.to_owned() } else { format!("{first}:{}", engine.port()) })
}

/// The URL without the parts that may be secret: user, password and parameters.
pub(super) fn shown(url: &str) -> String {
    let public = |parsed: ServerUrl<'_>| {
        ServerUrl { credentials: None, parameters: Vec::new(), ..parsed }.into_url()
    };
    ServerUrl::parse(url).map_or_else(|| "an invalid URL".to_owned(), public)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_the_url_is_replaced() {
        for (engine, url, expected) in [
            (
                Engine::Postgres,
                "postgres://u:p@h:1/a?sslmode=off",
                "postgres://u:p@h:1/x?sslmode=off",
            ),
            (Engine::Postgres, "postgres:///?host=/run&dbname=a", "postgres:///x?host=/run"),
            (Engine::Postgres, "postgres://h", "postgres://h/x"),
            (Engine::Mongo, "mongodb://h:1,i:2/?replicaSet=r", "mongodb://h:1,i:2/x?replicaSet=r"),
            (Engine::Mongo, "mongodb://h:1", "mongodb://h:1/x"),
        ] {
            assert_eq!(with_database(url, engine, "x"), expected);
        }
    }

    #[test]
    fn a_mongodb_user_is_still_looked_up_in_the_same_database() {
        for (url, expected) in [
            ("mongodb://u:p@h/", "mongodb://u:p@h/x?authSource=admin"),
            ("mongodb://u:p@h/a?w=1", "mongodb://u:p@h/x?w=1&authSource=a"),
            ("mongodb://u:p@h/a?authsource=b", "mongodb://u:p@h/x?authsource=b"),
        ] {
            assert_eq!(with_database(url, Engine::Mongo, "x"), expected);
        }
    }

    #[test]
    fn the_server_of_the_url_is_replaced() {
        for (engine, url, expected) in [
            (Engine::Postgres, "postgres://u:p@h:1/a?port=2&x=1", "postgres://u:p@l:9/a?x=1"),
            (Engine::Mongo, "mongodb://h:1/a", "mongodb://l:9/a?directConnection=true"),
            (
                Engine::Mongo,
                "mongodb://u:p@h:1,i:2/a?replicaset=r&w=1",
                "mongodb://u:p@l:9/a?w=1&directConnection=true",
            ),
        ] {
            assert_eq!(at_address(url, engine, "l:9"), expected);
        }
    }

    #[test]
    fn the_address_has_a_port() {
        for (engine, url, expected) in [
            (Engine::Postgres, "postgres://u:p@h/a", "h:5432"),
            (Engine::Mongo, "mongodb://h:1,i:2/?replicaSet=r", "h:1"),
            (Engine::Mongo, "mongodb://[::1]", "[::1]:27017"),
        ] {
            assert_eq!(address(url, engine).as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_shown_url_has_no_password() {
        assert_eq!(shown("postgres://u:s3cret@h:1/a?password=s3cret"), "postgres://h:1/a");
        assert_eq!(shown("mongodb://u:p@ss@h/"), "mongodb://h/");
        assert_eq!(shown("s3cret"), "an invalid URL");
    }
}
