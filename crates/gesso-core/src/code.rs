//! The error codes of the service plane: spec 01, section 6. One row a code; codes are forever.

/// Who has to do something about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The request is wrong; repeating it will not help.
    Caller,
    /// Not now; repeating it may help.
    NotNow,
    /// A fault of the server.
    Ours,
}

macro_rules! codes {
    ($($name:ident $text:literal $status:literal $class:ident $sentence:literal;)*) => {
        /// A documented error code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $( #[doc = $sentence] $name, )* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// The text on the wire.
            pub fn text(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> u16 {
                match self { $(Code::$name => $status,)* }
            }

            /// Who has to act.
            pub fn class(self) -> Class {
                match self { $(Code::$name => Class::$class,)* }
            }

            /// What it means.
            pub fn sentence(self) -> &'static str {
                match self { $(Code::$name => $sentence,)* }
            }
        }
    };
}

codes! {
    Malformed          "GES.8000" 400 Caller "Body or parameter malformed, or no other code fits";
    Statistics         "GES.8001" 400 Caller "Statistics: the request is wrong";
    StatisticsInternal "GES.8002" 500 Ours   "Statistics: internal failure";
    SchemaGraph        "GES.8003" 400 Caller "Schema: unknown graph";
    Parameter          "GES.8005" 400 Caller "Parameter wrong";
    ForeignProject     "GES.8006" 403 Caller "Resource of another project";
    Token              "GES.8007" 401 Caller "Token missing, invalid or expired";
    AuthBackend        "GES.8008" 500 Ours   "Authentication backend failed";
    Export             "GES.8011" 400 Caller "Export refused or failed";
    ClearOrCreate      "GES.8012" 400 Caller "Clearing or creating a graph refused or failed";
    Import             "GES.8013" 400 Caller "Import refused or failed";
    LabelIndexMissing  "GES.8017" 200 Caller "Label index missing for label details";
    Permission         "GES.8020" 403 Caller "Fine-grained permission missing";
    EdgeFilter         "GES.8101" 400 Caller "Invalid edge filter";
    EdgeLabels         "GES.8102" 400 Caller "Malformed labels of an edge query";
    EdgeNoFilter       "GES.8103" 400 Caller "Neither labels nor edgeFilters";
    EdgeSorts          "GES.8104" 400 Caller "Invalid sorts of an edge query";
    EdgeQuery          "GES.8105" 400 Caller "Edge query failed, or unknown graph";
    EdgeEndMissing     "GES.8106" 400 Caller "Edge details: source or target empty";
    EdgeDetail         "GES.8107" 400 Caller "Edge details or batch query failed, or unknown graph";
    EdgeDetailInternal "GES.8108" 500 Ours   "Edge details: internal failure";
    EdgesMissing       "GES.8110" 400 Caller "edges missing";
    LabelNotOnVertex   "GES.8182" 400 Caller "Vertex does not have the label to delete";
    VertexLabels       "GES.8201" 400 Caller "Malformed labels of a vertex query";
    VertexFilter       "GES.8202" 400 Caller "Invalid vertex filter";
    VertexNoFilter     "GES.8203" 400 Caller "Neither labels nor vertexFilters";
    VertexQuery        "GES.8204" 400 Caller "Vertex query failed, or unknown graph";
    VertexSorts        "GES.8205" 400 Caller "Invalid sorts of a vertex query";
    VertexIdBoth       "GES.8206" 400 Caller "Both vertexId and vertexIds";
    VertexIdNone       "GES.8207" 400 Caller "Neither vertexId nor vertexIds";
    VertexIdsMalformed "GES.8208" 400 Caller "vertexIds malformed";
    VertexBatch        "GES.8209" 400 Caller "Vertex batch query failed, or unknown graph";
    VertexInternal     "GES.8210" 500 Ours   "Vertex details: internal failure";
    LabelDelete        "GES.8212" 400 Caller "Delete of a vertex label failed";
    LabelAdd           "GES.8213" 400 Caller "Add of a vertex label failed";
    VerticesMissing    "GES.8214" 400 Caller "vertices missing";
    VertexProperties   "GES.8220" 400 Caller "Update of vertex properties failed";
    EdgeProperties     "GES.8221" 400 Caller "Update of edge properties failed";
    JobQuery           "GES.8301" 400 Caller "Unknown job, or failed algorithm";
    JobQueryInternal   "GES.8302" 500 Ours   "Job query: internal failure";
    JobCancel          "GES.8303" 400 Caller "Cancel refused";
    JobCancelInternal  "GES.8304" 500 Ours   "Cancel: internal failure";
    AlgorithmName      "GES.8401" 400 Caller "Algorithm name missing";
    Algorithm          "GES.8402" 400 Caller "Algorithm refused or failed";
    AlgorithmInternal  "GES.8403" 500 Ours   "Algorithm: internal failure";
    ExecutionMode      "GES.8404" 400 Caller "Execution mode wrong";
    EngineUnavailable  "GES.8602" 503 NotNow "Engine overloaded or not available";
    IndexCreate        "GES.8603" 400 Caller "Index create failed";
    IndexDelete        "GES.8604" 400 Caller "Index delete failed";
    IndexList          "GES.8605" 400 Caller "Index list failed";
    PathBody           "GES.8609" 400 Caller "Path details: body invalid";
    PathList           "GES.8610" 400 Caller "Path details: paths missing or malformed";
    PathFailed         "GES.8611" 400 Caller "Path details failed";
    LabelChange        "GES.8801" 400 Caller "Add or change of a label failed";
    Metadata           "GES.8803" 400 Caller "Metadata query failed";
    MetadataInternal   "GES.8804" 500 Ours   "Metadata query: internal failure";
    FilteredQuery      "GES.8806" 400 Caller "Filtered query failed, or unknown graph";
    CustomOperation    "GES.8814" 400 Caller "Custom operation not supported";
}

impl Code {
    /// The code of a text such as `GES.8000`, for reading stored records.
    pub fn of_text(text: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|c| c.text() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_found_by_their_text() {
        for code in Code::ALL {
            assert_eq!(Code::of_text(code.text()), Some(*code));
        }
    }
}
